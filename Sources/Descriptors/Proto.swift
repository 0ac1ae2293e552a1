/// .proto files as their descriptors describe them (google/protobuf/descriptor.proto): as much of
/// it as finding a symbol and printing its source takes.
package enum Proto {
  package struct File: Sendable, Equatable {
    /// As imports name it: `berth/v1/users.proto`.
    package var name = ""
    /// `berth.v1`; empty: none.
    package var package = ""
    /// Files it imports.
    package var dependencies: [String] = []
    /// Those of them, by index, whose symbols its importers see too.
    package var publicDependencies: [Int] = []
    package var messages: [Message] = []
    package var enums: [Enum] = []
    package var services: [Service] = []
    package var isProto3 = false

    package init() {}
  }

  /// What the source says about a declaration.
  package struct Comments: Sendable, Equatable {
    package var leading = ""
    package var trailing = ""
  }

  package struct Message: Sendable, Equatable {
    package var name = ""
    package var fields: [Field] = []
    package var oneofs: [Oneof] = []
    package var messages: [Message] = []
    package var enums: [Enum] = []
    /// Numbers that extensions may have.
    package var extensionRanges: [ClosedRange<Int64>] = []
    package var reservedRanges: [ClosedRange<Int64>] = []
    package var reservedNames: [String] = []
    /// It is the entry of a map field, which the source writes as `map<K, V>`.
    package var isMapEntry = false
    package var isDeprecated = false
    package var comments = Comments()
  }

  package struct Oneof: Sendable, Equatable {
    package var name = ""
    package var comments = Comments()
  }

  package struct Field: Sendable, Equatable {
    package enum Label: UInt64, Sendable { case optional = 1, required, repeated }

    package var name = ""
    package var number: Int64 = 0
    package var label = Label.optional
    /// FieldDescriptorProto.Type.
    package var type: UInt64 = 0
    /// `.berth.v1.User` for messages and enums.
    package var typeName = ""
    /// As the source has it, without quotes; nil: none.
    package var defaultValue: String?
    package var oneofIndex: Int?
    package var jsonName = ""
    package var isProto3Optional = false
    package var isPacked: Bool?
    package var isDeprecated = false
    package var comments = Comments()
  }

  package struct Enum: Sendable, Equatable {
    package struct Value: Sendable, Equatable {
      package var name = ""
      package var number: Int64 = 0
      package var isDeprecated = false
      package var comments = Comments()
    }

    package var name = ""
    package var values: [Value] = []
    package var allowsAlias = false
    package var reservedRanges: [ClosedRange<Int64>] = []
    package var reservedNames: [String] = []
    package var isDeprecated = false
    package var comments = Comments()
  }

  package struct Service: Sendable, Equatable {
    package var name = ""
    package var methods: [Method] = []
    package var isDeprecated = false
    package var comments = Comments()
  }

  package struct Method: Sendable, Equatable {
    /// MethodOptions.IdempotencyLevel.
    package enum Idempotency: UInt64, Sendable { case unknown, noSideEffects, idempotent }

    package var name = ""
    /// `.berth.v1.CreateUserRequest`.
    package var input = ""
    package var output = ""
    package var requestStreaming = false
    package var responseStreaming = false
    package var idempotency = Idempotency.unknown
    package var isDeprecated = false
    package var comments = Comments()
  }
}
