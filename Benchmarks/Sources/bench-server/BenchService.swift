import BenchMessages
import RPCServer
import Wire

/// The workload that every peer answers.
struct BenchService: BenchHandler {
  func call(_ request: Request, context: CallContext) async throws(RPCStatus) -> Response {
    Response(
      id: request.id, greeting: "Hello, " + request.name, total: request.amount &* 3 &+ 1,
      ok: request.active, note: "processed by the benchmark service ok, no error")
  }

  func echo(_ request: Blob, context: CallContext) async throws(RPCStatus) -> Blob { request }
}
