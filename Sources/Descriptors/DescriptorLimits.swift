/// The bounds on descriptors, which come from a peer.
package enum DescriptorLimits {
  /// Messages within messages; protoc itself stops at 32.
  package static let nesting = 32
  /// Bytes of one file's descriptor.
  package static let fileBytes = 4 << 20
  /// Files that one look at a symbol takes in.
  package static let files = 1_024
}
