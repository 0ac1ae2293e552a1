import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
  /// Reads the body whole as text, within its bound. Empty where there is none; then no content
  /// type is needed.
  mutating func jsonText() async throws -> String {
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > GatewayLimits.bodyBytes {
      throw Refusal.tooLarge
    }
    let type = headers[.contentType]
    if let type, !Self.isJSON(type) { throw Refusal.noJSON }
    let buffer: ByteBuffer
    do {
      buffer = try await collectBody(upTo: GatewayLimits.bodyBytes)
    } catch is NIOTooManyBytesError {
      throw Refusal.tooLarge
    }
    guard buffer.readableBytes > 0 else { return "" }
    guard type != nil else { throw Refusal.noJSON }
    guard let text = String(validating: buffer.readableBytesView, as: UTF8.self) else {
      throw Refusal.invalid("the body is not UTF-8")
    }
    return text
  }

  /// `application/json`, with any parameters but another character set.
  private static func isJSON(_ type: String) -> Bool {
    let parts = type.lowercased().split(separator: ";").map { $0.trimming(while: { $0 == " " }) }
    guard parts.first == "application/json" else { return false }
    return parts.dropFirst().allSatisfy { part in
      !part.hasPrefix("charset=") || part.hasSuffix("utf-8") || part.hasSuffix("utf-8\"")
    }
  }
}

extension Substring {
  fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
    var rest = drop(while: isTrimmed)
    while let last = rest.last, isTrimmed(last) { rest.removeLast() }
    return rest
  }
}
