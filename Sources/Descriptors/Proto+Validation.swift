extension Proto.File {
  /// Checks that every name is one that a source may have: what prints them trusts them.
  func validate() throws(DescriptorError) {
    try Self.checkPath(name)
    for dependency in dependencies { try Self.checkPath(dependency) }
    if !package.isEmpty { try Self.checkReference(package) }
    for message in messages { try Self.check(message) }
    for enumeration in enums { try Self.check(enumeration) }
    for service in services {
      try Self.checkName(service.name)
      for method in service.methods {
        try Self.checkName(method.name)
        try Self.checkReference(method.input)
        try Self.checkReference(method.output)
      }
    }
  }

  private static func check(_ message: Proto.Message) throws(DescriptorError) {
    try checkName(message.name)
    for field in message.fields {
      try checkName(field.name)
      if !field.typeName.isEmpty { try checkReference(field.typeName) }
      guard field.oneofIndex.map(message.oneofs.indices.contains) ?? true else {
        throw .malformed("\(field.name) is of a oneof that there is not")
      }
    }
    for oneof in message.oneofs { try checkName(oneof.name) }
    for name in message.reservedNames { try checkName(name) }
    for nested in message.messages { try check(nested) }
    for enumeration in message.enums { try check(enumeration) }
  }

  private static func check(_ enumeration: Proto.Enum) throws(DescriptorError) {
    try checkName(enumeration.name)
    for value in enumeration.values { try checkName(value.name) }
    for name in enumeration.reservedNames { try checkName(name) }
  }

  private static func checkName(_ name: String) throws(DescriptorError) {
    guard isName(name[...]) else { throw .malformed("a name is none") }
  }

  /// `berth.v1.User`, or `.berth.v1.User`.
  private static func checkReference(_ name: String) throws(DescriptorError) {
    let parts = (name.hasPrefix(".") ? name.dropFirst() : name[...])
      .split(separator: ".", omittingEmptySubsequences: false)
    guard parts.allSatisfy(isName) else { throw .malformed("a name of a type is none") }
  }

  private static func isName(_ name: Substring) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  private static func checkPath(_ path: String) throws(DescriptorError) {
    let isFine = path.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
    guard isFine, !path.isEmpty else { throw .malformed("a path of a file is none") }
  }
}
