package import Wire

/// How a call ended.
package struct CallOutcome: Sendable {
  /// What the caller was told, or would have been.
  package let code: StatusCode
  /// From the arrival of its OPEN to the end of its handler.
  package let duration: Duration
}
