package import RPCClient

/// What berthd tells of itself, in Prometheus' text format.
package struct Exposition: Sendable {
  let channel: Channel

  package init(channel: Channel) { self.channel = channel }
}
