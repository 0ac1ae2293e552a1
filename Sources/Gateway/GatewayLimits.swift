/// Every bound of the gateway.
package enum GatewayLimits {
  /// Bytes of the largest request body that is read: the RPC's own bound, and JSON's overhead.
  package static let bodyBytes = 8 << 20
  /// Bytes of a request id that a caller gives: as many as a server takes.
  package static let requestIDBytes = 64
  /// The longest time that a caller may give a call.
  package static let timeout = Duration.seconds(86_400)
  /// How long the head of a stream's answer waits for the first message or the refusal that comes
  /// instead; after that a refusal is the last line.
  package static let streamHeadDelay = Duration.seconds(1)
  /// Query parameters of a request, and parts of a body that are looked at.
  package static let inputMembers = 256
  /// Problems told of one request.
  package static let problems = 32
  /// Characters of a number that a caller writes.
  package static let numberCharacters = 32
  /// Elements of one page of the older surface.
  package static let pageElements = 500
  /// Elements that one listing of the older surface looks through.
  package static let listedElements = 20_000
  /// Deployments that one `complete_deployment` ends.
  package static let completedDeployments = 500
  /// How long `schedule_deployment` waits for placements, and for one more after each.
  package static let schedulingTime = Duration.seconds(3)
  package static let schedulingPause = Duration.milliseconds(500)
}
