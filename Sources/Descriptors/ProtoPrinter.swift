/// Writes descriptors as the source they could be from.
package struct ProtoPrinter {
  private let index: DescriptorIndex
  private var lines: [String] = []
  private var depth = 0
  private let isProto3: Bool

  /// A .proto file that protoc takes, with `symbol` (a service, method, message or enum; of a
  /// nested type the message that it stands within) and all that it needs of its package. Types of
  /// other packages are imported.
  ///
  /// Throws `.unknown` for a symbol of none of the files, `.unsupported` where one uses a part of
  /// the language that this does not print.
  package static func source(
    of symbol: String, in index: DescriptorIndex
  ) throws(DescriptorError) -> String {
    let excerpt = try Excerpt(of: symbol, in: index)
    var printer = ProtoPrinter(index: index, isProto3: excerpt.isProto3)
    try printer.write(excerpt)
    return printer.lines.joined(separator: "\n") + "\n"
  }

  private init(index: DescriptorIndex, isProto3: Bool) {
    self.index = index
    self.isProto3 = isProto3
  }

  private mutating func line(_ text: String = "") {
    lines.append(text.isEmpty ? "" : String(repeating: "  ", count: depth) + text)
  }

  private mutating func block(
    _ head: String, _ body: (inout ProtoPrinter) throws(DescriptorError) -> Void
  ) throws(DescriptorError) {
    line(head + " {")
    depth += 1
    try body(&self)
    depth -= 1
    line("}")
  }

  // MARK: Files

  private mutating func write(_ excerpt: Excerpt) throws(DescriptorError) {
    line("syntax = \"\(isProto3 ? "proto3" : "proto2")\";")
    if !excerpt.package.isEmpty { line("package \(excerpt.package);") }
    if !excerpt.imports.isEmpty { line() }
    for file in excerpt.imports.sorted() { line("import \"\(file)\";") }
    for service in excerpt.services {
      line()
      try write(service, in: excerpt.package)
    }
    for file in excerpt.files {
      for number in excerpt.messages[file.name, default: []].sorted() {
        line()
        try write(file.messages[number], in: excerpt.package)
      }
    }
    for file in excerpt.files {
      for number in excerpt.enums[file.name, default: []].sorted() {
        line()
        try write(file.enums[number])
      }
    }
  }

  private mutating func write(
    _ service: Proto.Service, in scope: String
  ) throws(DescriptorError) {
    comment(service.comments)
    let name = DescriptorIndex.join(scope, service.name)
    try block("service \(service.name)") { printer throws(DescriptorError) in
      if service.isDeprecated { printer.line("option deprecated = true;") }
      for method in service.methods { try printer.write(method, in: name) }
    }
  }

  private mutating func write(_ method: Proto.Method, in scope: String) throws(DescriptorError) {
    comment(method.comments)
    let input = (method.requestStreaming ? "stream " : "") + reference(method.input, in: scope)
    let output = (method.responseStreaming ? "stream " : "") + reference(method.output, in: scope)
    let head = "rpc \(method.name)(\(input)) returns (\(output))"
    var options: [String] = []
    switch method.idempotency {
    case .unknown: break
    case .noSideEffects: options.append("option idempotency_level = NO_SIDE_EFFECTS;")
    case .idempotent: options.append("option idempotency_level = IDEMPOTENT;")
    }
    if method.isDeprecated { options.append("option deprecated = true;") }
    guard !options.isEmpty else { return line(head + ";") }
    try block(head) { printer throws(DescriptorError) in
      for option in options { printer.line(option) }
    }
  }

  // MARK: Types

  private mutating func write(
    _ message: Proto.Message, in scope: String
  ) throws(DescriptorError) {
    comment(message.comments)
    let name = DescriptorIndex.join(scope, message.name)
    try block("message \(message.name)") { printer throws(DescriptorError) in
      if message.isDeprecated { printer.line("option deprecated = true;") }
      for enumeration in message.enums { try printer.write(enumeration) }
      for nested in message.messages where !nested.isMapEntry {
        try printer.write(nested, in: name)
      }
      var written: Set<Int> = []
      for field in message.fields {
        guard let oneof = field.oneofIndex, !field.isProto3Optional else {
          try printer.write(field, of: message, in: name)
          continue
        }
        if written.insert(oneof).inserted { try printer.write(oneof, of: message, in: name) }
      }
      for range in message.extensionRanges {
        printer.line("extensions \(Self.text(range, most: 536_870_911));")
      }
      printer.reserve(message.reservedRanges, message.reservedNames, most: 536_870_911)
    }
  }

  private mutating func write(
    _ oneof: Int, of message: Proto.Message, in scope: String
  ) throws(DescriptorError) {
    comment(message.oneofs[oneof].comments)
    try block("oneof \(message.oneofs[oneof].name)") { printer throws(DescriptorError) in
      for field in message.fields where field.oneofIndex == oneof {
        try printer.write(field, of: message, in: scope)
      }
    }
  }

  private mutating func write(
    _ field: Proto.Field, of message: Proto.Message, in scope: String
  ) throws(DescriptorError) {
    let isInOneof = field.oneofIndex != nil && !field.isProto3Optional
    var label =
      switch field.label {
      case .repeated: "repeated "
      case .required: "required "
      case .optional: isInOneof || (isProto3 && !field.isProto3Optional) ? "" : "optional "
      }
    let type: String
    if let entry = Self.mapEntry(of: field, in: message, named: scope) {
      label = ""
      let key = try self.type(of: entry.key, in: scope)
      type = "map<\(key), \(try self.type(of: entry.value, in: scope))>"
    } else {
      type = try self.type(of: field, in: scope)
    }
    let options = options(of: field)
    declaration(
      "\(label)\(type) \(field.name) = \(field.number)"
        + (options.isEmpty ? "" : " [\(options.joined(separator: ", "))]") + ";",
      field.comments)
  }

  private static func mapEntry(
    of field: Proto.Field, in message: Proto.Message, named scope: String
  ) -> (key: Proto.Field, value: Proto.Field)? {
    let entry = message.messages.first { $0.isMapEntry && field.typeName == ".\(scope).\($0.name)" }
    guard field.label == .repeated, let entry,
      let key = entry.fields.first(where: { $0.number == 1 }),
      let value = entry.fields.first(where: { $0.number == 2 })
    else { return nil }
    return (key, value)
  }

  private func options(of field: Proto.Field) -> [String] {
    var options: [String] = []
    if let value = field.defaultValue {
      options.append("default = \(Self.defaultText(value, type: field.type))")
    }
    if !field.jsonName.isEmpty, field.jsonName != Self.jsonName(field.name) {
      options.append("json_name = \(Self.quoted(field.jsonName))")
    }
    if let isPacked = field.isPacked { options.append("packed = \(isPacked)") }
    if field.isDeprecated { options.append("deprecated = true") }
    return options
  }

  private mutating func write(_ enumeration: Proto.Enum) throws(DescriptorError) {
    comment(enumeration.comments)
    try block("enum \(enumeration.name)") { printer throws(DescriptorError) in
      if enumeration.allowsAlias { printer.line("option allow_alias = true;") }
      if enumeration.isDeprecated { printer.line("option deprecated = true;") }
      for value in enumeration.values {
        let options = value.isDeprecated ? " [deprecated = true]" : ""
        printer.declaration("\(value.name) = \(value.number)\(options);", value.comments)
      }
      printer.reserve(
        enumeration.reservedRanges, enumeration.reservedNames, most: Int64(Int32.max))
    }
  }

  // MARK: Names

  private static let scalars: [UInt64: String] = [
    1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 7: "fixed32",
    8: "bool", 9: "string", 12: "bytes", 13: "uint32", 15: "sfixed32", 16: "sfixed64",
    17: "sint32", 18: "sint64",
  ]

  private func type(of field: Proto.Field, in scope: String) throws(DescriptorError) -> String {
    if let scalar = Self.scalars[field.type] { return scalar }
    // Messages and enums; 10 are groups.
    guard field.type == 11 || field.type == 14, !field.typeName.isEmpty else {
      throw .unsupported("the type of the field \(field.name)")
    }
    return reference(field.typeName, in: scope)
  }

  /// The shortest name by which protoc finds the type from `scope`.
  private func reference(_ typeName: String, in scope: String) -> String {
    guard typeName.hasPrefix(".") else { return typeName }
    let name = String(typeName.dropFirst())
    let parts = name.split(separator: ".")
    for count in 1...max(parts.count, 1) {
      let candidate = parts.suffix(count).joined(separator: ".")
      if resolve(candidate, in: scope) == name { return candidate }
    }
    return typeName
  }

  /// What protoc takes a name for: its first part is looked for from the innermost scope outwards.
  private func resolve(_ name: String, in scope: String) -> String? {
    let first = String(name.split(separator: ".").first ?? "")
    var scope = scope
    while true {
      let start = DescriptorIndex.join(scope, first)
      if index.types.contains(start) || index.packages.contains(start) {
        let whole = DescriptorIndex.join(scope, name)
        return index.types.contains(whole) ? whole : nil
      }
      guard !scope.isEmpty else { return nil }
      scope = scope.lastIndex(of: ".").map { String(scope[..<$0]) } ?? ""
    }
  }

  /// The JSON name that protoc gives a field by itself.
  static func jsonName(_ name: String) -> String {
    var result = ""
    var isUpper = false
    for character in name {
      if character == "_" {
        isUpper = true
      } else {
        result += isUpper ? character.uppercased() : String(character)
        isUpper = false
      }
    }
    return result
  }

  // MARK: Text

  /// Comments above what follows.
  private mutating func comment(_ comments: Proto.Comments) {
    for text in [comments.leading, comments.trailing] where !text.isEmpty {
      for row in Self.rows(text) { line("//" + row) }
    }
  }

  /// A declaration of one line, behind which a short remark stays where it was.
  private mutating func declaration(_ text: String, _ comments: Proto.Comments) {
    let trailing = Self.rows(comments.trailing)
    for row in Self.rows(comments.leading) { line("//" + row) }
    if trailing.count > 1 {
      for row in trailing { line("//" + row) }
      line(text)
    } else {
      line(text + (trailing.first.map { "  //\($0)" } ?? ""))
    }
  }

  /// A comment's lines, without what a terminal would obey.
  private static func rows(_ comment: String) -> [String] {
    var rows = comment.split(separator: "\n", omittingEmptySubsequences: false).map { row in
      String(
        String.UnicodeScalarView(
          row.unicodeScalars.filter { $0 == "\t" || isVisible($0) }))
    }
    while rows.last?.allSatisfy(\.isWhitespace) == true { rows.removeLast() }
    return rows
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  private mutating func reserve(_ ranges: [ClosedRange<Int64>], _ names: [String], most: Int64) {
    if !ranges.isEmpty {
      line("reserved \(ranges.map { Self.text($0, most: most) }.joined(separator: ", "));")
    }
    if !names.isEmpty {
      line("reserved \(names.map(Self.quoted).joined(separator: ", "));")
    }
  }

  private static func text(_ range: ClosedRange<Int64>, most: Int64) -> String {
    if range.lowerBound == range.upperBound { return "\(range.lowerBound)" }
    return "\(range.lowerBound) to \(range.upperBound >= most ? "max" : "\(range.upperBound)")"
  }

  /// A string's default is kept as it is, that of bytes is escaped already.
  private static func defaultText(_ value: String, type: UInt64) -> String {
    switch type {
    case 9: quoted(value)
    case 12: "\"\(plain(value))\""
    default: plain(value)
    }
  }

  private static func plain(_ text: String) -> String {
    text.filter { $0.isASCII && $0 >= " " && $0 != "\u{7f}" }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): result += "\\\""
      case UInt8(ascii: "\\"): result += "\\\\"
      case 0x20..<0x7f: result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 8)
        result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
    return result + "\""
  }
}
