/// `bench.Request`, decoded by hand: the fastest that grpc-swift can be given.
struct BenchRequest: Sendable {
  var id = ""
  var name = ""
  var amount: Int64 = 0
  var isActive = false

  /// Nil where the bytes are no request.
  init?(decoding bytes: UnsafeRawBufferPointer) {
    var reader = ProtobufReader(bytes)
    while !reader.isAtEnd {
      guard let tag = reader.varint() else { return nil }
      switch tag {
      case 10, 18:
        guard let text = reader.string() else { return nil }
        if tag == 10 { id = text } else { name = text }
      case 24:
        guard let value = reader.varint() else { return nil }
        amount = Int64(bitPattern: value)
      case 32:
        guard let value = reader.varint() else { return nil }
        isActive = value != 0
      default:
        guard reader.skip(tag) else { return nil }
      }
    }
  }
}
