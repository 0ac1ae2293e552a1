import DequeModule
import EventLoop
import Wire

/// One round of connecting: the addresses that are left to try, and why the others failed.
/// Confined to the channel's loop.
final class ConnectRound: @unchecked Sendable {
  // @unchecked: confined to its loop.
  struct Candidate: Sendable {
    let endpoint: Target.Endpoint
    let address: SocketAddress
  }

  var resolution: Task<Void, Never>?
  var candidates: Deque<Candidate> = []
  var attempt: ClientConnection?
  private var failures: [(endpoint: Target.Endpoint, reason: String)] = []

  func fail(_ endpoint: Target.Endpoint, _ reason: String) {
    failures.append((endpoint, reason))
  }

  /// What the caller is told when nothing is left to try: each server once, by its last reason.
  func failure(serverName: String?) -> RPCStatus {
    var reasons: [(endpoint: Target.Endpoint, reason: String)] = []
    for failure in failures {
      if let index = reasons.firstIndex(where: { $0.endpoint == failure.endpoint }) {
        reasons[index] = failure
      } else {
        reasons.append(failure)
      }
    }
    let texts = reasons.map { failure in
      "cannot connect to \(failure.endpoint): "
        + ConnectFailure.text(failure.reason, server: serverName ?? failure.endpoint.host)
    }
    return RPCStatus(.unavailable, texts.joined(separator: "; "))
  }
}
