package import Domain
import Logging
import Messages
package import Wire

extension CallContext {
  /// Runs an operation of the domain; its error becomes a status, internal detail goes to the log.
  package func mapping<R>(
    _ operation: () async throws(DomainError) -> R
  ) async throws(RPCStatus) -> R {
    do throws(DomainError) {
      return try await operation()
    } catch {
      throw status(of: error)
    }
  }

  /// The status that the caller is told for an error of the domain. Internal detail is logged
  /// under the request's id, and the caller gets the id alone.
  package func status(of error: DomainError) -> RPCStatus {
    guard case .internal(let detail) = error else { return RPCStatus(mapping: error) }
    logFault(detail)
    return internalError(.internal)
  }

  func logFault(_ detail: String) {
    call.server.logger.error(
      "a call failed inside",
      metadata: [
        "method": "\(method.path)", "request": "\(requestID)", "detail": "\(detail)",
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
