/// Why a feed tells no more.
package enum LiveEnding: String, Sendable {
  /// The session is over: signed out, timed out, or berthd takes its token no more.
  case signedOut
  /// The caller may not see the organization (any more).
  case noAccess
  /// Nobody follows it.
  case unused
  /// The console ends.
  case closing

  package var event: ServerSentEvent {
    ServerSentEvent(name: "end", data: JSONText.object(["reason": JSONText.quoted(rawValue)]))
  }
}
