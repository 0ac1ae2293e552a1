package import Hummingbird

/// The cookie that carries a session's secret. Its `__Host-` prefix makes browsers refuse it from
/// another host, without TLS, or for a part of the site.
package enum SessionCookie {
  package static let name = "__Host-berth-session"

  private static let attributes = "Path=/; Secure; HttpOnly; SameSite=Strict"

  /// The value of `Set-Cookie` that begins a session. Without an age: it ends with the browser too.
  package static func setting(_ secret: String) -> String { "\(name)=\(secret); \(attributes)" }

  /// The value of `Set-Cookie` that takes it away.
  package static let clearing = "\(name)=; Max-Age=0; \(attributes)"

  /// The secret that a request brings. Nil where there is none, and where there are several: one of
  /// them is not ours.
  package static func secret(of request: Request) -> String? {
    let values = request.headers[values: .cookie]
      .flatMap { $0.split(separator: ";") }
      .compactMap { pair -> Substring? in
        let pair = pair.drop { $0 == " " }
        guard pair.hasPrefix(name + "=") else { return nil }
        return pair.dropFirst(name.count + 1)
      }
    guard values.count == 1, let value = values.first, !value.isEmpty else { return nil }
    return String(value)
  }
}
