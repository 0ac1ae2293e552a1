/// Why a server did not start: one line for the operator.
public struct StartError: Error, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }

  static func noAddress(_ host: String) -> StartError {
    StartError("cannot listen on \(host): it has no address")
  }
}
