/// Why nothing was generated, in words for the person who runs protoc.
struct GeneratorError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
