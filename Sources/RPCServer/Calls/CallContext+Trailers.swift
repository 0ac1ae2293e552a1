import EventLoop
import Wire

extension CallContext {
  /// Adds bytes that need not be text to the metadata that goes with the status. On the loop.
  public func addTrailer(_ value: [UInt8], for key: String) {
    call.loop.assertCurrent()
    call.trailers.append(value, for: key)
  }
}
