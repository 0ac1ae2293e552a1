/// Certificates made by the `openssl` command for one test: an authority, a server and a client.
package struct TestAuthority: Sendable {
  private let folder: TemporaryFolder

  /// The authority's certificate.
  package var authority: String { folder.file("ca.pem") }

  /// The certificate made for a name.
  package func certificate(_ name: String) -> String { folder.file("\(name).pem") }

  /// Its private key.
  package func key(_ name: String) -> String { folder.file("\(name)-key.pem") }

  /// Makes an authority, and for each name a certificate for that name and for 127.0.0.1.
  package static func make(_ names: [String] = ["localhost"]) async throws -> TestAuthority {
    let made = TestAuthority(folder: try TemporaryFolder("berth-ca"))
    try await made.run(
      ["req", "-x509", "-days", "1", "-subj", "/CN=test authority", "-nodes"]
        + newKey + ["-keyout", made.key("ca"), "-out", made.authority])
    for name in names {
      try await made.run(
        ["req", "-x509", "-days", "1", "-subj", "/CN=\(name)", "-nodes"] + newKey
          + ["-CA", made.authority, "-CAkey", made.key("ca")]
          + ["-addext", "subjectAltName=DNS:\(name),IP:127.0.0.1"]
          + ["-addext", "basicConstraints=critical,CA:FALSE"]
          + ["-keyout", made.key(name), "-out", made.certificate(name)])
    }
    return made
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

  private func run(_ arguments: [String]) async throws {
    let outcome = try await ChildProcess.run("/usr/bin/openssl", arguments)
    guard outcome.exit.isSuccess else { throw CommandFailed(description: outcome.description) }
  }

  /// The `openssl` command ended badly.
  package struct CommandFailed: Error, CustomStringConvertible {
    package let description: String
  }
}
