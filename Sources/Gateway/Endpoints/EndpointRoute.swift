import Hummingbird
import Messages
import RPCClient
import Wire

/// Answers the requests to one endpoint.
struct EndpointRoute: Sendable {
  let endpoint: Endpoint
  let channel: Channel
  let sessions: any SessionTokens

  func respond(to request: Request, context: GatewayContext) async throws -> Response {
    var request = request
    let text = try await request.jsonText()
    let call = try await RequestCall(request, sessions: sessions)
    do throws(EndpointError) {
      if endpoint.access != .anyone, call.token == nil {
        throw .status(RPCStatus(.unauthenticated, "Not authenticated: send a bearer token"))
      }
      let input = try input(body: text, query: request.uri.query ?? "")
      let answer = try await endpoint.answer(
        EndpointCall(input: input, channel: channel, options: call.options))
      return .json(answer.text())
    } catch {
      return error.response(place: endpoint.place)
    }
  }

  private func input(
    body: String, query: String
  ) throws(EndpointError) -> EndpointInput {
    var given = GivenMembers()
    try given.add(body: body)
    // Of a field in both the query's counts. Only what is read is asked for in a URL.
    if endpoint.method == .get { try given.add(query: query) }
    return try EndpointInput(given.members, fields: endpoint.input, place: endpoint.place)
  }
}
