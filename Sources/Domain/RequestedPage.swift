/// A position in a listing as a caller gave it, unchecked.
package struct RequestedPage: Sendable, Equatable {
  /// 0 means the default.
  package var size: Int
  /// Empty: the first page.
  package var token: String

  package init(size: Int = 0, token: String = "") {
    self.size = size
    self.token = token
  }
}
