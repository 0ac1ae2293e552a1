internal import Domain
internal import Messages

extension RequestedPage {
  init(_ page: Messages.PageRequest?) {
    self.init(size: Int(page?.size ?? 0), token: page?.token ?? "")
  }
}
