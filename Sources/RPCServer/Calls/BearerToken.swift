import Wire

/// How credentials look in metadata: `authorization: Bearer TOKEN`, as in HTTP.
enum BearerToken {
  static let key = "authorization"

  /// The token of a call: its own, else `connection`'s. An empty value says that the call has none.
  static func inMetadata(_ metadata: Metadata, otherwise connection: String?) -> String? {
    guard let value = metadata[key] else {
      // Not UTF-8 is not a token, but it is not the connection's either.
      return metadata.bytes(for: key) == nil ? connection : ""
    }
    let scheme = "bearer "
    guard value.utf8.count > scheme.utf8.count,
      value.prefix(scheme.count).lowercased() == scheme
    else { return value.isEmpty ? nil : value }
    return String(value.dropFirst(scheme.count))
  }
}
