/// One page that follows a feed.
package struct LiveSubscription: Sendable {
  /// Why a page is to look.
  package enum Signal: Sendable {
    case change
    /// Nothing may have changed: it is told that the console is there.
    case beat
  }

  package let number: UInt64
  /// The latest that was not looked at. Ends with the subscription.
  package let signals: AsyncStream<Signal>
}
