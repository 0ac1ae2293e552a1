internal import CProtobuf

/// protobuf-c's description of a message's C struct.
public struct MessageLayout: @unchecked Sendable {  // a pointer to a C constant
  let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// The message's full name.
  var name: String { descriptor.pointee.name.map { String(cString: $0) } ?? "" }

  /// Takes it from a struct that `initialize`, protoc-c's `X__init`, filled in.
  public init<C>(_ initialize: (UnsafeMutablePointer<C>?) -> Void) {
    descriptor = withUnsafeTemporaryAllocation(of: C.self, capacity: 1) { buffer in
      initialize(buffer.baseAddress)
      // Every struct of protoc-c begins with its ProtobufCMessage.
      return UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped)
        .assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
    }
  }
}
