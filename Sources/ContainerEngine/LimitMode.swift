/// What happens when a container asks for a limit that the host cannot hold.
package enum LimitMode: String, CaseIterable, Hashable, Sendable {
  /// The start fails and says why.
  case strict
  /// The limit is brought into the range the host can hold.
  case clamp
  /// No limits are set at all.
  case off
}
