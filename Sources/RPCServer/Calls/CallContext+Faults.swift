import Logging
import Messages
package import Wire

extension CallContext {
  /// Logs what went wrong inside, under the request's id; returns what the caller is told of it:
  /// the id alone.
  package func fault(_ detail: String) -> RPCStatus {
    logFault(detail)
    return internalError(.internal)
  }

  func logFault(_ detail: String) {
    call.server.logger.error(
      "a call failed inside",
      metadata: [
        "method": "\(method.path)", "request_id": "\(requestID)", "detail": "\(detail)",
      ])
  }

  func internalError(_ code: StatusCode) -> RPCStatus {
    RPCStatus(
      code, "internal error; request \(requestID)",
      details: [
        .errorInfo(reason: "INTERNAL", domain: "berth", metadata: ["request_id": requestID])
      ])
  }
}
