/// What a PostgreSQL server sends, for servers of tests.
enum PostgresMessage {
  static let authenticationOK = make("R", [0, 0, 0, 0])
  static let ready = make("Z", [UInt8(ascii: "I")])
  static let parseComplete = make("1")
  static let bindComplete = make("2")
  static let complete = make("C", Array("SELECT 1\0".utf8))
  static let notice = make("N", Array("SNOTICE\0C00000\0Mnothing\0\0".utf8))
  static let fatal = make("E", Array("SFATAL\0C57P01\0Mgoing down\0\0".utf8))

  static func row(_ bytes: Int) -> [UInt8] {
    make("D", [0, 1] + number(UInt32(bytes)) + [UInt8](repeating: 7, count: bytes))
  }

  /// - Parameter length: instead of the right one.
  static func make(
    _ type: Unicode.Scalar, _ body: [UInt8] = [], length: UInt32? = nil
  ) -> [UInt8] {
    [UInt8(ascii: type)] + number(length ?? UInt32(body.count + 4)) + body
  }

  private static func number(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
