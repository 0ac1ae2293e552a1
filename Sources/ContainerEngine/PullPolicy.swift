/// Whether images that are not on the host are fetched.
package enum PullPolicy: String, CaseIterable, Hashable, Sendable {
  case missing
  case never
}
