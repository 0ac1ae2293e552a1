/// The awaited condition did not come true before the deadline.
package struct DeadlineExceeded: Error, CustomStringConvertible {
  package let description: String

  package init(_ what: String, after limit: Duration) {
    description = "\(what): not within \(limit)"
  }
}

/// Asks `value` again and again until it answers something, and returns that.
///
/// - Parameters:
///   - what: what is awaited, for the failure's message.
///   - limit: after this `DeadlineExceeded` is thrown; `value` is asked at least once.
///   - interval: pause between two questions.
@discardableResult
package func eventually<Value>(
  _ what: String = "the condition", within limit: Duration = .seconds(30),
  every interval: Duration = .milliseconds(5), _ value: () async throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + limit
  while true {
    let isLast = ContinuousClock.now >= deadline
    if let found = try await value() { return found }
    if isLast { throw DeadlineExceeded(what, after: limit) }
    try await Task.sleep(for: interval)
  }
}

/// Asks `condition` again and again until it holds; throws `DeadlineExceeded` after `limit`.
package func eventually(
  _ what: String = "the condition", within limit: Duration = .seconds(30),
  every interval: Duration = .milliseconds(5), _ condition: () async throws -> Bool
) async throws {
  try await eventually(what, within: limit, every: interval) { () async throws -> Void? in
    try await condition() ? () : nil
  }
}
