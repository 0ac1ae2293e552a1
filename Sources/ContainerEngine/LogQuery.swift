/// Which part of a container's output is wanted.
package struct LogQuery: Hashable, Sendable {
  /// Whether to go on with what is printed until the container ends.
  package var follow: Bool
  /// Only the last so many lines of what is there; 0 means all that is kept.
  package var tailLines: Int

  package init(follow: Bool = false, tailLines: Int = 0) {
    self.follow = follow
    self.tailLines = tailLines
  }
}
