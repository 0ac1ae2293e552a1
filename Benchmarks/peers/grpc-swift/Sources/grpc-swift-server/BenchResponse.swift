/// `bench.Response`, encoded by hand.
struct BenchResponse: Sendable {
  var id: String
  var greeting: String
  var total: Int64
  var isOK: Bool
  var note: String

  /// What every peer answers.
  init(to request: BenchRequest) {
    id = request.id
    greeting = "Hello, " + request.name
    total = request.amount &* 3 &+ 1
    isOK = request.isActive
    note = "processed by the benchmark service ok, no error"
  }

  var encodedBytes: Int {
    Self.bytes(of: id) + Self.bytes(of: greeting) + Self.bytes(of: note)
      + (total == 0 ? 0 : 1 + Self.varintBytes(UInt64(bitPattern: total))) + (isOK ? 2 : 0)
  }

  private static func varintBytes(_ value: UInt64) -> Int {
    (63 - (value | 1).leadingZeroBitCount) / 7 + 1
  }

  private static func bytes(of text: String) -> Int {
    let count = text.utf8.count
    return count == 0 ? 0 : 1 + varintBytes(UInt64(count)) + count
  }

  /// Writes `encodedBytes` bytes to `target`.
  func encode(into target: UnsafeMutableRawBufferPointer) {
    var writer = ProtobufWriter(target)
    writer.string(10, id)
    writer.string(18, greeting)
    if total != 0 { writer.varint(24, UInt64(bitPattern: total)) }
    if isOK { writer.varint(32, 1) }
    writer.string(42, note)
  }
}
