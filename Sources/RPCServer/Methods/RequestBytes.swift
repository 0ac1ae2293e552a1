/// One request as it came.
@usableFromInline
enum RequestBytes {
  /// Where the transport has it: until the driver that takes it first suspends.
  case lent(UnsafeRawBufferPointer)
  /// Kept until its turn.
  case kept([UInt8])
}
