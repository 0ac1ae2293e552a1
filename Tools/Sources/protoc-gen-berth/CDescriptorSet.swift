import Foundation
import SwiftProtobuf

/// Makes protoc-c produce structs that lose nothing; the wire format stays the same.
enum CDescriptorSet {
  /// A FileDescriptorSet in which every `string` is `bytes` (protoc-c's strings end at the first
  /// NUL), every proto3 `optional` is a plain oneof of one field (protoc-c refuses the former),
  /// maps are plain repeated entries (their keys may be bytes then), and there are no services.
  static func rewritten(_ serialized: Data) throws -> Data {
    var set = try Google_Protobuf_FileDescriptorSet(serializedBytes: serialized)
    for index in set.file.indices {
      set.file[index].service = []
      set.file[index].clearSourceCodeInfo()
      set.file[index].messageType = set.file[index].messageType.map(rewritten)
    }
    return try set.serializedData()
  }

  private static func rewritten(
    _ message: Google_Protobuf_DescriptorProto
  ) -> Google_Protobuf_DescriptorProto {
    var message = message
    message.nestedType = message.nestedType.map(rewritten)
    message.options.clearMapEntry()
    for index in message.field.indices {
      if message.field[index].type == .string { message.field[index].type = .bytes }
      message.field[index].clearProto3Optional()
    }
    return message
  }
}
