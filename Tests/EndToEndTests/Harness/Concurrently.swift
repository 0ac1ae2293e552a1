/// Runs `body` so often, some at a time, and returns the results in no order.
func concurrently<Result: Sendable>(
  _ count: Int, atOnce limit: Int = 16, _ body: @escaping @Sendable () async throws -> Result
) async throws -> [Result] {
  try await concurrently(over: Array(0..<count), atOnce: limit) { _ in try await body() }
}

/// Runs `body` for every element, some at a time, and returns the results in no order.
func concurrently<Element: Sendable, Result: Sendable>(
  over elements: [Element], atOnce limit: Int = 16,
  _ body: @escaping @Sendable (Element) async throws -> Result
) async throws -> [Result] {
  try await withThrowingTaskGroup(of: Result.self) { group in
    var results: [Result] = []
    for (index, element) in elements.enumerated() {
      if index >= limit, let result = try await group.next() { results.append(result) }
      group.addTask { try await body(element) }
    }
    for try await result in group { results.append(result) }
    return results
  }
}
