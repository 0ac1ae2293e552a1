extension ChangeSignal {
  /// Like `wait(after:)`, and returns at that time at the latest.
  func wait(after generation: UInt64, until due: Int64?, clock: any EngineClock) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait(after: generation) }
      if let due { group.addTask { try? await clock.sleep(until: due) } }
      await group.next()
      group.cancelAll()
    }
  }
}
