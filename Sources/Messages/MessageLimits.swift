/// Every bound of this layer.
public enum MessageLimits {
  /// What one arena keeps for itself between uses: its first chunk.
  public static let arenaChunkBytes = 64 * 1024
  /// The first chunk of an arena that lives for one message only.
  public static let smallArenaChunkBytes = 4 * 1024
  /// Chunks double up to this size; a bigger single allocation has a chunk of its own.
  public static let largestArenaChunkBytes = 1024 * 1024
  /// What decoding may allocate whatever the input's size. Together with the factor it holds every
  /// honest message: the densest is a list of records with strings, about 8 times its encoding.
  public static let decodingBytesAtLeast = 64 * 1024
  /// What decoding may allocate more, for each byte of input.
  public static let decodingBytesPerInputByte = 16
  /// Objects and arrays within each other in JSON text.
  public static let jsonDepth = 64

  /// What decoding an input may allocate. No overflow: a buffer in memory is far below 2^59 bytes.
  @usableFromInline
  static func decodingBudget(of bytes: Int) -> Int {
    decodingBytesAtLeast + decodingBytesPerInputByte * bytes
  }
}
