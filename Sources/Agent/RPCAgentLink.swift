import Messages
import RPCClient
import Wire

/// An attachment over a bidirectional call.
struct RPCAgentLink: AgentLink {
  let call: BidirectionalCall<AgentMessage, AgentCommand>

  func send(_ message: AgentMessage) async throws(AgentLinkError) {
    do throws(RPCStatus) { try await call.send(message) } catch { throw AgentLinkError(error) }
  }

  func nextCommand() async throws(AgentLinkError) -> AgentCommand.Command? {
    var commands = call.responses.makeAsyncIterator()
    do throws(RPCStatus) {
      while let next = try await commands.next() {
        // An order that a newer server knows and this agent does not is passed over.
        if let command = next.command { return command }
      }
      return nil
    } catch {
      throw AgentLinkError(error)
    }
  }

  func close() async {
    call.finishSending()
    call.cancel()
  }
}

extension AgentLinkError {
  init(_ status: RPCStatus) {
    let kind: Kind =
      switch status.code {
      case .unauthenticated, .permissionDenied: .refused
      case .aborted: .superseded
      default: .unavailable
      }
    var retryAfter: Duration?
    for case .retryInfo(let delay) in status.details { retryAfter = delay }
    self.init(kind, "\(status.code.name): \(status.message)", retryAfter: retryAfter)
  }
}
