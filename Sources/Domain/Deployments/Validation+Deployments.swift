extension Validation {
  /// A reference to an image: `[registry/]path[:tag][@digest]`, at most 512 bytes.
  mutating func image(_ text: String, _ field: String) {
    guard !text.isEmpty else { return refuse(field, "is required") }
    guard text.utf8.count <= DomainLimits.imageBytes else {
      return refuse(field, "must have at most \(DomainLimits.imageBytes) bytes")
    }
    guard
      text.utf8.first.map(Self.isLetterOrDigit) == true,
      text.utf8.last.map(Self.isLetterOrDigit) == true || text.utf8.last == UInt8(ascii: "_")
        || text.utf8.last == UInt8(ascii: "-") || text.utf8.last == UInt8(ascii: "."),
      text.utf8.allSatisfy({ Self.isLetterOrDigit($0) || Self.isMark($0) })
    else {
      return refuse(
        field, "must name an image, for example registry.example.com/models/bert:1.0")
    }
  }

  mutating func command(_ arguments: [String], _ field: String) {
    if arguments.count > DomainLimits.commandArguments {
      refuse(field, "must have at most \(DomainLimits.commandArguments) arguments")
    }
    for (index, argument) in arguments.prefix(DomainLimits.commandArguments).enumerated() {
      if argument.utf8.count > DomainLimits.commandArgumentBytes {
        refuse(
          "\(field)[\(index)]", "must have at most \(DomainLimits.commandArgumentBytes) bytes")
      }
      if argument.utf8.contains(0) { refuse("\(field)[\(index)]", "must not contain NUL") }
    }
    if arguments.reduce(0, { $0 + $1.utf8.count }) > DomainLimits.commandBytes {
      refuse(field, "must have at most \(DomainLimits.commandBytes) bytes in all")
    }
    if arguments.first?.isEmpty == true { refuse("\(field)[0]", "must not be empty") }
  }

  mutating func environment(_ variables: [String: String], _ field: String) {
    if variables.count > DomainLimits.environmentVariables {
      return refuse(field, "must have at most \(DomainLimits.environmentVariables) variables")
    }
    let bytes = variables.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    if bytes > DomainLimits.environmentBytes {
      refuse(field, "must have at most \(DomainLimits.environmentBytes) bytes in all")
    }
    // Names are put together for those that break a rule alone.
    if variables.allSatisfy({ Self.isVariable($0.key, $0.value) }) { return }
    for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
      let variable = "\(field)[\(Self.quoted(name))]"
      if !Self.isVariableName(name) {
        refuse(
          variable,
          "the name must match [A-Za-z_][A-Za-z0-9_]* and have at most "
            + "\(DomainLimits.environmentNameBytes) bytes")
      }
      if value.utf8.count > DomainLimits.environmentValueBytes {
        refuse(
          variable,
          "the value must have at most \(DomainLimits.environmentValueBytes) bytes")
      }
      if value.utf8.contains(0) { refuse(variable, "the value must not contain NUL") }
    }
  }

  mutating func gpuModels(_ models: [String], gpu millis: Int64, _ field: String) {
    if models.count > DomainLimits.gpuModels {
      refuse(field, "must have at most \(DomainLimits.gpuModels) models")
    }
    for (index, model) in models.prefix(DomainLimits.gpuModels).enumerated() {
      label(model, "\(field)[\(index)]", characters: 1...DomainLimits.gpuModelCharacters)
    }
    if !models.isEmpty, millis == 0 {
      refuse(field, "must be empty where resources.gpu_millis is 0")
    }
  }

  mutating func idempotencyKey(_ text: String, _ field: String) {
    if text.utf8.count > DomainLimits.idempotencyKeyBytes {
      refuse(field, "must have at most \(DomainLimits.idempotencyKeyBytes) bytes")
    }
    if text.utf8.contains(0) { refuse(field, "must not contain NUL") }
  }

  private static func isVariable(_ name: String, _ value: String) -> Bool {
    isVariableName(name) && value.utf8.count <= DomainLimits.environmentValueBytes
      && !value.utf8.contains(0)
  }

  /// Of what an image's name may have beside letters and digits.
  private static func isMark(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"),
      UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "+"):
      true
    default: false
    }
  }

  private static func isVariableName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= DomainLimits.environmentNameBytes
    else { return false }
    let underscore = UInt8(ascii: "_")
    return (isLetterOrDigit(first) && !isDigit(first) || first == underscore)
      && name.utf8.allSatisfy { isLetterOrDigit($0) || $0 == underscore }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
