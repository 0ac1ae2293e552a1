import HTTPTypes
import Messages
import RPCClient
import Wire

extension EndpointCall {
  /// The fields of a listing with pages.
  static let pageFields: [InputField] = [
    .optional("page", .integer(1...Int64(GatewayLimits.listedElements)), "From 1; 1 if left out."),
    .optional(
      "page_limit", .integer(1...Int64(GatewayLimits.pageElements)),
      "Elements of a page; 10 if left out."),
  ]
  /// The same where everything is answered if neither is given.
  static let optionalPageFields: [InputField] = [
    .optional(
      "page", .integer(1...Int64(GatewayLimits.listedElements)),
      "From 1; without page and page_limit everything is answered."),
    .optional(
      "page_limit", .integer(1...Int64(GatewayLimits.pageElements)), "Elements of a page."),
  ]
  private static let standardPageElements: Int64 = 10

  /// The page that was asked for of everything that matches; by what is `always` paged the first,
  /// by others all.
  ///
  /// - Parameter fetch: one page of the RPC with the token of the next one.
  func page<Element>(
    always: Bool, where isWanted: (Element) -> Bool = { _ in true },
    _ fetch: (PageRequest) async throws(RPCStatus) -> (elements: [Element], next: String)
  ) async throws(EndpointError) -> [Element] {
    let isPaged = always || input.has("page") || input.has("page_limit")
    let size = input.integer("page_limit") ?? Self.standardPageElements
    // No overflow: both are within their fields' bounds.
    let skipped = isPaged ? Int((input.integer("page") ?? 1) - 1) * Int(size) : 0
    let wanted = isPaged ? skipped + Int(size) : Int.max
    var found: [Element] = []
    var (seen, request) = (0, PageRequest(size: Int32(GatewayLimits.pageElements)))
    while found.count < wanted {
      let (elements, next) = try await run { _ async throws(RPCStatus) in try await fetch(request) }
      seen += elements.count
      found += elements.lazy.filter(isWanted)
      if next.isEmpty { break }
      guard seen < GatewayLimits.listedElements else {
        throw .refused(
          .badRequest,
          "there are more than \(GatewayLimits.listedElements) to look through: narrow the filters")
      }
      request.token = next
    }
    return Array(found.dropFirst(skipped).prefix(isPaged ? Int(size) : Int.max))
  }
}
