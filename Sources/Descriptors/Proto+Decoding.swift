internal import Wire

extension Proto.File {
  /// Decodes a google.protobuf.FileDescriptorProto. What it does not know it leaves out.
  package init(decoding bytes: [UInt8]) throws(DescriptorError) {
    guard bytes.count <= DescriptorLimits.fileBytes else {
      throw .malformed("it takes \(bytes.count) bytes")
    }
    self.init()
    var comments: [[Int64]: Proto.Comments] = [:]
    // Pointers stay valid for the closure; nothing of them leaves it.
    let result = bytes.withUnsafeBytes { bytes -> Result<Void, DescriptorError> in
      Result { () throws(DescriptorError) in try read(bytes, &comments) }
    }
    try result.get()
    try validate()
    if !comments.isEmpty { attach(comments) }
  }

  private mutating func read(
    _ bytes: UnsafeRawBufferPointer, _ comments: inout [[Int64]: Proto.Comments]
  ) throws(DescriptorError) {
    var fields = DescriptorFields(bytes)
    while let field = try fields.next() {
      switch field.number {
      case 1: name = try field.text()
      case 2: package = try field.text()
      case 3: dependencies.append(try field.text())
      case 4: messages.append(try Proto.Message(field.content(), depth: 1))
      case 5: enums.append(try Proto.Enum(field.content()))
      case 6: services.append(try Proto.Service(field.content()))
      case 9: comments = try Self.comments(field.content())
      case 10: publicDependencies += try field.integers().map { Int(clamping: $0) }
      case 12: isProto3 = try field.text() == "proto3"
      case 14: throw .unsupported("a file of an edition")
      default: break
      }
    }
  }

  /// SourceCodeInfo: the comments by the path of what they are about.
  private static func comments(
    _ bytes: UnsafeRawBufferPointer
  ) throws(DescriptorError) -> [[Int64]: Proto.Comments] {
    var all: [[Int64]: Proto.Comments] = [:]
    var locations = DescriptorFields(bytes)
    while let location = try locations.next() {
      guard location.number == 1 else { continue }
      var (path, comments): ([Int64], Proto.Comments) = ([], Proto.Comments())
      var fields = DescriptorFields(try location.content())
      while let field = try fields.next() {
        switch field.number {
        case 1: path += try field.integers()
        case 3: comments.leading = try field.text()
        case 4: comments.trailing = try field.text()
        default: break
        }
      }
      if comments != Proto.Comments() { all[path] = comments }
    }
    return all
  }

  private mutating func attach(_ all: [[Int64]: Proto.Comments]) {
    for index in messages.indices { messages[index].attach(all, at: [4, Int64(index)]) }
    for index in enums.indices { enums[index].attach(all, at: [5, Int64(index)]) }
    for index in services.indices { services[index].attach(all, at: [6, Int64(index)]) }
  }
}

extension Proto.Message {
  fileprivate init(_ bytes: UnsafeRawBufferPointer, depth: Int) throws(DescriptorError) {
    guard depth <= DescriptorLimits.nesting else { throw .malformed("messages nest too deeply") }
    self.init()
    var reader = DescriptorFields(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text()
      case 2: fields.append(try Proto.Field(field.content()))
      case 3: messages.append(try Proto.Message(field.content(), depth: depth + 1))
      case 4: enums.append(try Proto.Enum(field.content()))
      case 5: extensionRanges.append(try field.range(isClosed: false))
      case 7:
        isDeprecated = try field.flag(3)
        isMapEntry = try field.flag(7)
      case 8: oneofs.append(Proto.Oneof(name: try field.nestedName()))
      case 9: reservedRanges.append(try field.range(isClosed: false))
      case 10: reservedNames.append(try field.text())
      default: break
      }
    }
  }

  fileprivate mutating func attach(_ all: [[Int64]: Proto.Comments], at path: [Int64]) {
    comments = all[path] ?? comments
    for index in fields.indices {
      fields[index].comments = all[path + [2, Int64(index)]] ?? Proto.Comments()
    }
    for index in messages.indices { messages[index].attach(all, at: path + [3, Int64(index)]) }
    for index in enums.indices { enums[index].attach(all, at: path + [4, Int64(index)]) }
    for index in oneofs.indices {
      oneofs[index].comments = all[path + [8, Int64(index)]] ?? Proto.Comments()
    }
  }
}

extension Proto.Field {
  fileprivate init(_ bytes: UnsafeRawBufferPointer) throws(DescriptorError) {
    self.init()
    var reader = DescriptorFields(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text()
      case 3: number = try field.integer()
      case 4: label = Label(rawValue: UInt64(bitPattern: try field.integer())) ?? .optional
      case 5: type = UInt64(bitPattern: try field.integer())
      case 6: typeName = try field.text()
      case 7: defaultValue = try field.text()
      case 8:
        isPacked = try field.option(2).map { $0 != 0 }
        isDeprecated = try field.flag(3)
      case 9: oneofIndex = Int(clamping: try field.integer())
      case 10: jsonName = try field.text()
      case 17: isProto3Optional = try field.integer() != 0
      default: break
      }
    }
  }
}

extension Proto.Enum {
  fileprivate init(_ bytes: UnsafeRawBufferPointer) throws(DescriptorError) {
    self.init()
    var reader = DescriptorFields(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text()
      case 2: values.append(try Value(field.content()))
      case 3:
        allowsAlias = try field.flag(2)
        isDeprecated = try field.flag(3)
      case 4: reservedRanges.append(try field.range(isClosed: true))
      case 5: reservedNames.append(try field.text())
      default: break
      }
    }
  }

  fileprivate mutating func attach(_ all: [[Int64]: Proto.Comments], at path: [Int64]) {
    comments = all[path] ?? comments
    for index in values.indices {
      values[index].comments = all[path + [2, Int64(index)]] ?? Proto.Comments()
    }
  }
}

extension Proto.Enum.Value {
  fileprivate init(_ bytes: UnsafeRawBufferPointer) throws(DescriptorError) {
    self.init()
    var reader = DescriptorFields(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text()
      case 2: number = try field.integer()
      case 3: isDeprecated = try field.flag(1)
      default: break
      }
    }
  }
}

extension Proto.Service {
  fileprivate init(_ bytes: UnsafeRawBufferPointer) throws(DescriptorError) {
    self.init()
    var reader = DescriptorFields(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text()
      case 2: methods.append(try Proto.Method(field.content()))
      case 3: isDeprecated = try field.flag(33)
      default: break
      }
    }
  }

  fileprivate mutating func attach(_ all: [[Int64]: Proto.Comments], at path: [Int64]) {
    comments = all[path] ?? comments
    for index in methods.indices {
      methods[index].comments = all[path + [2, Int64(index)]] ?? Proto.Comments()
    }
  }
}

extension Proto.Method {
  fileprivate init(_ bytes: UnsafeRawBufferPointer) throws(DescriptorError) {
    self.init()
    var reader = DescriptorFields(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text()
      case 2: input = try field.text()
      case 3: output = try field.text()
      case 4:
        isDeprecated = try field.flag(33)
        let level = try field.option(34) ?? 0
        idempotency = Idempotency(rawValue: UInt64(bitPattern: level)) ?? .unknown
      case 5: requestStreaming = try field.integer() != 0
      case 6: responseStreaming = try field.integer() != 0
      default: break
      }
    }
  }
}
