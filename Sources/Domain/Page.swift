/// Where in a listing to go on.
package struct PageRequest: Sendable, Equatable {
  package static let defaultSize = 50
  package static let maximumSize = 500

  /// 1 to 500.
  package let size: Int
  /// What the store gave as `next`; nil is the first page.
  package let token: String?

  /// Throws `.invalid` naming `page.size`; a size of 0 is the default.
  package init(size: Int, token: String?) throws(DomainError) {
    guard (0...Self.maximumSize).contains(size) else {
      throw .invalid([Violation("page.size", "must be 0 to \(Self.maximumSize)")])
    }
    self.size = size == 0 ? Self.defaultSize : size
    self.token = token?.isEmpty == true ? nil : token
  }
}

/// One page of a listing. `next` is nil on the last one.
package struct Page<Element: Sendable>: Sendable {
  package var elements: [Element]
  package var next: String?

  package init(elements: [Element], next: String?) {
    self.elements = elements
    self.next = next
  }
}
