import GRPCCore

/// Decodes requests by hand.
struct RequestDecoding: MessageDeserializer {
  func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> BenchRequest {
    guard let request = bytes.withUnsafeBytes({ BenchRequest(decoding: $0) }) else {
      throw RPCError(code: .invalidArgument, message: "not a request")
    }
    return request
  }
}
