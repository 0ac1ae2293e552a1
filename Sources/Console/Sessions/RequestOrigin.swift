import HTTPTypes
package import Hummingbird

/// Whether a request comes from the console's own pages.
package enum RequestOrigin {
  /// The header with the session's token against forged requests.
  package static let tokenHeader = "X-Berth-Request-Token"

  private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")
  private static let tokenName = HTTPField.Name(tokenHeader)

  /// Throws FORBIDDEN for what may come from another site's page. A browser tells where a request
  /// comes from in `Sec-Fetch-Site` or, an older one, in `Origin`; a request with neither is
  /// refused if it changes something.
  package static func check(_ request: Request) throws(HTTPError) {
    if let site = fetchSite.flatMap({ request.headers[$0] }) {
      // "none": typed into the address bar, which sends nothing but GET.
      guard site == "same-origin" || (site == "none" && !isChanging(request)) else {
        throw refusal
      }
      return
    }
    if let origin = request.headers[.origin] {
      guard let authority = request.head.authority, origin == "https://\(authority)" else {
        throw refusal
      }
      return
    }
    if isChanging(request) { throw refusal }
  }

  /// Throws FORBIDDEN for a request that changes something without the session's token.
  package static func check(_ request: Request, of session: Session) throws(HTTPError) {
    try check(request)
    guard isChanging(request) else { return }
    guard let token = tokenName.flatMap({ request.headers[$0] }),
      isEqual(token, session.requestToken)
    else {
      throw HTTPError(
        .forbidden, message: "the header \(tokenHeader) is missing or not this session's")
    }
  }

  package static func isChanging(_ request: Request) -> Bool {
    request.method != .get && request.method != .head
  }

  private static var refusal: HTTPError {
    HTTPError(.forbidden, message: "the request does not come from a page of the console")
  }

  /// In a time that tells nothing of where they differ.
  private static func isEqual(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
