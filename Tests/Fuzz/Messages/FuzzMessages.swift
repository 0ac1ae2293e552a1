import Messages

/// Messages from any bytes: the first says of which type, and whether the others are protobuf or
/// JSON. What is read is written and read as the same.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzMessages(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard count > 1, let data else { return 0 }
  let types = AllMessages.types
  let bytes = Array(UnsafeBufferPointer(start: data + 1, count: count - 1))
  let type: any Message.Type = types[Int(data[0] >> 1) % types.count]
  check(type, bytes, isJSON: data[0] & 1 == 1)
  return 0
}

private func check<M: Message>(_: M.Type, _ bytes: [UInt8], isJSON: Bool) {
  guard let message = read(M.self, bytes, isJSON: isJSON) else { return }
  guard let again = try? M(serialized: message.serialized()) else {
    fatalError("\(M.descriptor.fullName) is written and cannot be read")
  }
  precondition(again == message, "\(M.descriptor.fullName) changes on its way")
  let text = message.jsonString(JSONOptions(includesDefaults: true))
  precondition((try? M(jsonString: text)) == message, "\(M.descriptor.fullName) changes in JSON")
}

private func read<M: Message>(_: M.Type, _ bytes: [UInt8], isJSON: Bool) -> M? {
  isJSON ? try? M(jsonString: String(decoding: bytes, as: UTF8.self)) : try? M(serialized: bytes)
}
