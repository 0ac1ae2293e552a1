import Synchronization

/// Shares the connections of listeners at one address, one listener a loop, out evenly. The kernel
/// chooses a listener by a hash: of eight connections it may well give seven to one loop.
package final class ListenerGroup: Sendable {
  private struct Member {
    let listener: Listener
    var connections = 0
  }

  private let members = Mutex<[Member]>([])

  package init() {}

  func join(_ listener: Listener) {
    members.withLock { $0.append(Member(listener: listener)) }
  }

  /// Takes no more connections.
  func leave(_ listener: Listener) {
    members.withLock { $0.removeAll { $0.listener === listener } }
  }

  /// Who takes a connection that `listener` accepted: it counts there from now on, until `ended`.
  func assign(acceptedBy listener: Listener) -> Listener {
    members.withLock { members in
      guard let own = members.firstIndex(where: { $0.listener === listener }) else {
        return listener
      }
      var chosen = own
      for index in members.indices where members[index].connections < members[chosen].connections {
        chosen = index
      }
      members[chosen].connections += 1
      return members[chosen].listener
    }
  }

  func ended(on listener: Listener) {
    members.withLock { members in
      guard let index = members.firstIndex(where: { $0.listener === listener }) else { return }
      members[index].connections -= 1
    }
  }
}
