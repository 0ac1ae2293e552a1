/// Why an engine did not do what it was asked.
package struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is; every case says when it is used.
  package enum Code: Hashable, Sendable {
    /// The engine did not answer, or the connection to it broke.
    case unreachable
    /// The image is neither here nor, where pulling is allowed, in its registry.
    case imageNotFound
    /// The engine understood and will never do this: a bad value, a limit it cannot hold.
    case refused
    /// The engine tried and failed; another attempt may go better.
    case failed
    /// There is no such container.
    case notFound
    /// The engine answered what nobody can understand, or more than is allowed.
    case malformed
    /// The caller was cancelled.
    case cancelled
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Whether doing the same again may help.
  package var isRetryable: Bool {
    switch code {
    case .unreachable, .failed, .malformed, .cancelled: true
    case .imageNotFound, .refused, .notFound: false
    }
  }

  package var description: String { message }
}
