import HTTPTypes
import Hummingbird
import Messages
import RPCClient
import Wire

/// `POST /berth.v1.Service/Method`: one RPC with protobuf's JSON mapping.
struct MethodRoute: Sendable {
  let method: MethodDescriptor
  let channel: Channel
  let sessions: any SessionTokens

  func respond(to request: Request, context: GatewayContext) async throws -> Response {
    guard !method.requestStreaming else {
      return .refused(
        RPCStatus(
          .unimplemented,
          "\(method.path) takes a stream of requests, which HTTP cannot carry: call it over berth/1"
        ))
    }
    var request = request
    let text = try await request.jsonText()
    let call = try await RequestCall(request, sessions: sessions)
    let responses: JSONResponses
    do throws(RPCStatus) {
      responses = try await channel.call(
        method, json: text.isEmpty ? [] : [text], options: call.options)
      if !method.responseStreaming {
        return .json(try await Self.single(responses))
      }
    } catch {
      return .refused(error)
    }
    return await MessageStream(responses).response(to: request)
  }

  private static func single(_ responses: JSONResponses) async throws(RPCStatus) -> String {
    var iterator = responses.makeAsyncIterator()
    guard let text = try await iterator.next() else {
      throw RPCStatus(.internal, "the call ended without a response")
    }
    return text
  }
}
