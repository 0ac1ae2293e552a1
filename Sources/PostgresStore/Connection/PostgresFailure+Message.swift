extension PostgresFailure {
  /// The error in an ErrorResponse message: fields of a type byte and a text that ends with zero.
  init(errorResponse body: UnsafeRawBufferPointer) {
    var state = ""
    var text = ""
    var constraint = ""
    for field in body.split(separator: 0) {
      let value = String(decoding: field.dropFirst(), as: UTF8.self)
      switch field.first {
      case UInt8(ascii: "C"): state = value
      case UInt8(ascii: "M"): text = value
      case UInt8(ascii: "n"): constraint = value
      default: break
      }
    }
    self.init(.server(SQLState(state), constraint: constraint), text)
  }
}
