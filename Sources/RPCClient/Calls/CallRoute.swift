import Synchronization

/// Where the attempts of a hedged call went, so that the next goes elsewhere.
final class CallRoute: Sendable {
  private let server = Mutex<SubChannel?>(nil)

  var last: SubChannel? { server.withLock { $0 } }

  func went(to subchannel: SubChannel) { server.withLock { $0 = subchannel } }
}
