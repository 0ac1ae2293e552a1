import RPCClient

/// Reads a listing page by page.
enum Paging {
  private static let pageSize: Int32 = 500

  /// Every element up to `limit`.
  static func all<Element>(
    limit: Int = .max,
    _ page: (PageRequest) async throws(RPCStatus) -> ([Element], next: String)
  ) async throws(RPCStatus) -> [Element] {
    var elements: [Element] = []
    var token = ""
    repeat {
      let size = min(Int(pageSize), limit - elements.count)
      let answer = try await page(PageRequest(size: Int32(size), token: token))
      elements += answer.0
      token = answer.next
    } while !token.isEmpty && elements.count < limit
    return elements
  }
}
