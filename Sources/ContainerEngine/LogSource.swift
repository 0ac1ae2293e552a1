/// Where the chunks of a `LogStream` come from. Belongs to one task.
package protocol LogSource: AnyObject {
  /// The next chunk, or nil when there will be no more.
  func next() async throws(EngineError) -> LogChunk?
}
