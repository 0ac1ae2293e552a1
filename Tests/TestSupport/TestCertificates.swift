/// Files made by `Scripts/certificates.sh`.
package struct TestCertificates: Sendable {
  package let folder: String

  /// The development authority that signed `server`.
  package var authority: String { folder + "/ca.pem" }
  /// Certificate for `localhost`, `127.0.0.1`, `::1` and the host's name.
  package var server: String { folder + "/server.pem" }
  /// Private key of `server`.
  package var serverKey: String { folder + "/server-key.pem" }
}
