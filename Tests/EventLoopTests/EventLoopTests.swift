import EventLoop
import Foundation
import Glibc
import Synchronization
import Testing

@Suite struct EventLoopTests {
  @Test func `a task on the loop stays on its thread across every suspension`() async throws {
    let loop = try EventLoop.start()
    let hops = await loop.run {
      var hops = 0
      for _ in 0..<100 {
        await Task.yield()
        if !loop.isCurrent { hops += 1 }
        try? await loop.sleep(for: .microseconds(10))
        if !loop.isCurrent { hops += 1 }
      }
      return hops
    }
    #expect(hops == 0)
    #expect(!loop.isCurrent)
    await loop.shutdown()
  }

  @Test func `timers run in the order of their deadlines and a cancelled one does not`()
    async throws
  {
    let loop = try EventLoop.start()
    let order = await loop.run { () -> [Int] in
      let seen = Box<[Int]>([])
      await withUnsafeContinuation { done in
        _ = loop.schedule(after: .milliseconds(20)) {
          seen.value.append(3)
          done.resume()
        }
        _ = loop.schedule(after: .milliseconds(1)) { seen.value.append(1) }
        let cancelled = loop.schedule(after: .milliseconds(5)) { seen.value.append(9) }
        _ = loop.schedule(after: .milliseconds(10)) { seen.value.append(2) }
        loop.cancel(cancelled)
      }
      return seen.value
    }
    #expect(order == [1, 2, 3])
    await loop.shutdown()
  }

  @Test func `a cancelled sleep resumes at once and throws`() async throws {
    let loop = try EventLoop.start()
    let task = Task { try await loop.sleep(for: .seconds(3600)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    await loop.shutdown()
  }

  @Test func `a readable descriptor wakes its handler until it is deregistered`() async throws {
    let loop = try EventLoop.start()
    let received = try await loop.run { () async throws -> [UInt8] in
      var ends: [Int32] = [0, 0]
      #expect(pipe(&ends) == 0)
      let handler = PipeReader(loop: loop, descriptor: ends[0])
      try handler.begin()
      await withUnsafeContinuation { done in
        handler.done = done
        #expect(write(ends[1], "abc", 3) == 3)
      }
      close(ends[0])
      close(ends[1])
      return handler.bytes
    }
    #expect(received == Array("abc".utf8))
    await loop.shutdown()
  }

  @Test func `the phases of a turn's end run in their order, each handler once`() async throws {
    let loop = try EventLoop.start()
    let order = await loop.run { () -> [TurnPhase] in
      let seen = Box<[TurnPhase]>([])
      await withUnsafeContinuation { done in
        loop.atTurnEnd(.transport, Recorder(.transport, seen) { done.resume() })
        loop.atTurnEnd(.batch, Recorder(.batch, seen))
        loop.atTurnEnd(.database, Recorder(.database, seen))
      }
      return seen.value
    }
    #expect(order == [.batch, .database, .transport])
    await loop.shutdown()
  }

  @Test func `a task of the loop that ends it goes on elsewhere`() async throws {
    let loop = try EventLoop.start()
    let isCurrent = await loop.run {
      await loop.shutdown()
      return loop.isCurrent
    }
    #expect(!isCurrent)
  }

  @Test func `loops that ended leave no thread's memory`() async throws {
    func reservedBytes() throws -> Int {
      let words = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
        separator: " ")
      return try #require(Int(words[0])) * Int(getpagesize())
    }
    let before = try reservedBytes()
    for _ in 0..<500 { await (try EventLoop.start()).shutdown() }
    // A thread has 8 MiB; what else runs meanwhile has its own.
    #expect(try reservedBytes() - before < 2 << 30)
  }

  @Test func `calls from many threads all run, and the loop ends after them`() async throws {
    let loop = try EventLoop.start()
    let count = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1_000 { loop.execute { count.increment() } }
        }
      }
    }
    await loop.shutdown()
    #expect(count.value == 8_000)
    await loop.shutdown()
  }

  @Test func `a task that outlives its loop still ends`() async throws {
    let loop = try EventLoop.start()
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    let task = loop.spawn { for await _ in stream {} }
    await loop.shutdown()
    continuation.finish()
    await task.value
    #expect(!loop.isCurrent)
  }
}

private final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .relaxed) }
  func increment() { count.add(1, ordering: .relaxed) }
}

/// Confined to the loop of its test.
final class Box<Value>: @unchecked Sendable {
  // @unchecked: touched on one loop's thread only.
  var value: Value
  init(_ value: Value) { self.value = value }
}

private final class Recorder: TurnEndHandler {
  private let phase: TurnPhase
  private let seen: Box<[TurnPhase]>
  private let then: () -> Void

  init(_ phase: TurnPhase, _ seen: Box<[TurnPhase]>, then: @escaping () -> Void = {}) {
    self.phase = phase
    self.seen = seen
    self.then = then
  }

  func turnEnded() {
    seen.value.append(phase)
    then()
  }
}

private final class PipeReader: ReadinessHandler {
  private let loop: EventLoop
  private let descriptor: Int32
  private var registration: Registration?
  var bytes: [UInt8] = []
  var done: UnsafeContinuation<Void, Never>?

  init(loop: EventLoop, descriptor: Int32) {
    self.loop = loop
    self.descriptor = descriptor
  }

  func begin() throws(EventLoopError) {
    registration = try loop.register(descriptor, interest: .read, handler: self)
  }

  func ready(_ readiness: Readiness) {
    var buffer = [UInt8](repeating: 0, count: 16)
    let count = read(descriptor, &buffer, 16)
    if count > 0 { bytes += buffer.prefix(count) }
    if bytes.count == 3, let registration {
      loop.deregister(registration)
      done?.resume()
    }
  }
}
