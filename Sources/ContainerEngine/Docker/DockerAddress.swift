import Foundation

/// Where a Docker Engine listens.
package struct DockerAddress: Hashable, Sendable, CustomStringConvertible {
  /// What the user wrote.
  package let description: String
  /// The beginning of every URL on it, without a slash at the end.
  let base: String

  /// The usual socket of a Docker Engine on this host.
  package static let usual = "unix:///var/run/docker.sock"

  /// Reads `unix:///path` or `tcp://host:port` (also `http://host:port`). Throws `refused` with
  /// what is wrong.
  package init(_ text: String) throws(EngineError) {
    description = text
    if text.hasPrefix("unix://") {
      let path = String(text.dropFirst("unix://".count))
      guard path.hasPrefix("/") else {
        throw EngineError(.refused, "\(text): the socket's path must be absolute: unix:///path")
      }
      guard path.utf8.count < 108 else {
        throw EngineError(.refused, "\(text): a socket's path has at most 107 bytes")
      }
      guard let host = path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
        throw EngineError(.refused, "\(text): not a path")
      }
      base = "http+unix://\(host)"
      return
    }
    for scheme in ["tcp://", "http://"] where text.hasPrefix(scheme) {
      let rest = text.dropFirst(scheme.count)
      guard let url = URL(string: "http://\(rest)"), let host = url.host, !host.isEmpty,
        let port = url.port, (1...65_535).contains(port), ["", "/"].contains(url.path),
        url.query == nil
      else {
        throw EngineError(.refused, "\(text): expected tcp://host:port")
      }
      let bracketed = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
      base = "http://\(bracketed):\(port)"
      return
    }
    throw EngineError(
      .refused, "\(text): expected unix:///path or tcp://host:port (DOCKER_HOST, --docker-host)")
  }
}
