import EventLoop
import Foundation
import Synchronization
import TestSupport

@testable import Transport

/// Any bytes behind a TLS handshake: a real server connection never traps, and however they are cut
/// it does what `ReferenceServer` does with the frames that are in them.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzConnection(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let script = Script.reading(bytes)
  // Who waits for the connection's credit in which order is not modelled.
  guard !script.reference.isBeyondModel else { return 0 }
  let difference = FuzzStage.shared.difference(of: script)
  if let difference { fatalError(difference) }
  return 0
}

/// The stage on which all inputs are played.
private final class FuzzStage: @unchecked Sendable {
  // @unchecked: `context` is made and used on the stage's loop alone; `stage` is Sendable.
  static let shared = FuzzStage()

  private let stage: ModelStage
  private var context: TransportContext?

  private init() {
    let made = Mutex<ModelStage?>(nil)
    let isMade = DispatchSemaphore(value: 0)
    // libFuzzer calls from a thread that is no task's; this task is awaited right here.
    Task.detached {
      let stage = try await ModelStage.make()
      made.withLock { $0 = stage }
      isMade.signal()
    }
    isMade.wait()
    guard let stage = made.withLock({ $0 }) else { fatalError("no stage") }
    self.stage = stage
  }

  func difference(of script: Script) -> String? {
    let found = Mutex<String?>(nil)
    let isPlayed = DispatchSemaphore(value: 0)
    stage.loop.execute { [self] in
      let context = context ?? stage.context(ModelStage.limits(ReferenceServer.Bounds()))
      self.context = context
      // Whole, and in one of the other ways, each input in the same one whenever it is played.
      let other = Cutting.allCases[1 + script.steps.count % 3]
      let difference = stage.difference(
        of: script, [.whole, other], round: script.steps.count, seed: TestSeed(value: 1),
        context: context)
      found.withLock { $0 = difference }
      isPlayed.signal()
    }
    isPlayed.wait()
    return found.withLock { $0 }
  }
}
