internal import Domain

/// Where a page ended: the sort key of its last element, opaque to callers. A token of another
/// listing or with anything else than what was written is refused.
struct PageToken {
  /// Which listing; never renumber.
  enum Listing: UInt8 {
    case users = 1
    case organizations, members, serviceAccounts, clusters, deployments, events, quotas
  }

  private var bytes: [UInt8]

  init(_ listing: Listing) { bytes = [listing.rawValue] }

  var text: String { Base64URL.encode(bytes) }

  func appending(_ number: some FixedWidthInteger) -> PageToken {
    var token = self
    Wire.append(number, to: &token.bytes)
    return token
  }

  /// As the last part.
  func appending(_ text: String) -> PageToken {
    var token = self
    token.bytes.append(contentsOf: text.utf8)
    return token
  }
}

extension PageToken {
  /// Reads a token part by part, in the order in which it was written.
  struct Reader {
    private var bytes: ArraySlice<UInt8>

    /// Throws `.invalid` naming `page.token`.
    init(_ text: String, of listing: Listing) throws(DomainError) {
      guard text.utf8.count <= Limits.pageTokenBytes * 2, let bytes = Base64URL.decode(text),
        bytes.first == listing.rawValue
      else { throw Self.refusal }
      self.bytes = bytes.dropFirst()
    }

    mutating func number<Number: FixedWidthInteger>() throws(DomainError) -> Number {
      let size = MemoryLayout<Number>.size
      guard bytes.count >= size else { throw Self.refusal }
      defer { bytes = bytes.dropFirst(size) }
      return bytes.prefix(size).reduce(0) { $0 << 8 | Number($1) }
    }

    /// All that is left. Valid UTF-8 without NUL, as PostgreSQL wants it.
    mutating func text() throws(DomainError) -> String {
      guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
        throw Self.refusal
      }
      bytes = []
      return text
    }

    func end() throws(DomainError) { if !bytes.isEmpty { throw Self.refusal } }

    private static let refusal = DomainError.invalid([
      Violation("page.token", "is not one that this listing gave")
    ])
  }
}

extension PageRequest {
  /// One more than the page holds, so that there is a next page is known.
  var fetchCount: Int32 { Int32(size) + 1 }

  /// The page out of what `fetchCount` fetched.
  func page<Element: Sendable>(
    _ fetched: [Element], token: (Element) -> PageToken
  ) -> Page<Element> {
    guard fetched.count > size else { return Page(elements: fetched, next: nil) }
    let elements = Array(fetched.prefix(size))
    return Page(elements: elements, next: elements.last.map { token($0).text })
  }

  /// The text after which a listing by one unique name goes on.
  func name(of listing: PageToken.Listing) throws(DomainError) -> String {
    guard let token else { return "" }
    var reader = try PageToken.Reader(token, of: listing)
    return try reader.text()
  }
}
