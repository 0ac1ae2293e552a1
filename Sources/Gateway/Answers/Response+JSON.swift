package import HTTPTypes
package import Hummingbird
import Messages
import NIOCore
package import Wire

extension Response {
  private static let jsonType = "application/json; charset=utf-8"

  /// An answer of JSON text.
  package static func json(
    _ text: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = jsonType
    return Response(
      status: status, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
  }

  /// `{"detail": ...}`, the errors of the older surface.
  static func detail(
    _ detail: JSONValue, status: HTTPResponse.Status, headers: HTTPFields = [:]
  ) -> Response {
    json(
      JSONValue.object([JSONMember(name: "detail", value: detail)]).text(), status: status,
      headers: headers)
  }

  /// `{"code", "message", "details"}`, the errors of the RPCs.
  package static func refused(_ error: RPCStatus) -> Response {
    json(
      error.json.text(), status: HTTPResponse.Status(error.code), headers: HTTPFields(of: error))
  }

  static func refused(_ refusal: Refusal) -> Response {
    json(
      RPCStatus(refusal.code, refusal.message).json.text(), status: refusal.status,
      headers: refusal.headers)
  }
}

extension HTTPFields {
  /// What HTTP says beside the status: how to sign in, when to come again.
  init(of error: RPCStatus) {
    self.init()
    if error.code == .unauthenticated { self[.wwwAuthenticate] = "Bearer" }
    if let delay = error.retryDelay {
      let seconds = Swift.max(
        1, delay.components.seconds + (delay.components.attoseconds > 0 ? 1 : 0))
      self[.retryAfter] = String(seconds)
    }
  }
}
