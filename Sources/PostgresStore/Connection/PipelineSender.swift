internal import CPostgres

/// Puts the groups of one turn into libpq's output: the reads before one sync, every write before
/// one of its own. A statement's first use on a connection prepares it in the same transaction.
struct PipelineSender {
  let handle: OpaquePointer
  let usesNames: Bool
  private(set) var prepared: Set<String>
  private(set) var expected: [Expectation] = []

  init(handle: OpaquePointer, usesNames: Bool, prepared: Set<String>) {
    self.handle = handle
    self.usesNames = usesNames
    self.prepared = prepared
  }

  /// False: the connection takes no more.
  mutating func send(_ groups: [CallGroup]) -> Bool {
    var reads: [CallGroup] = []
    for group in groups {
      if case .read = group.kind {
        reads.append(group)
        guard sendCalls(group) else { return false }
      }
    }
    if !reads.isEmpty, !sync(reads) { return false }
    for group in groups {
      switch group.kind {
      case .read: continue
      case .write: guard sendCalls(group), sync([group]) else { return false }
      case .snapshot: guard sendSnapshot(group) else { return false }
      }
    }
    return true
  }

  private mutating func sendSnapshot(_ group: CallGroup) -> Bool {
    guard control("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", .control(group)),
      sendCalls(group), control("COMMIT", .control(group)), sync([group])
    else { return false }
    return control("ROLLBACK", .cleanUp) && sync([])
  }

  private mutating func control(_ sql: String, _ expectation: Expectation) -> Bool {
    guard PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 1) == 1 else { return false }
    expected.append(expectation)
    return true
  }

  private mutating func sync(_ groups: [CallGroup]) -> Bool {
    guard PQpipelineSync(handle) == 1 else { return false }
    expected.append(.sync(groups))
    return true
  }

  private mutating func sendCalls(_ group: CallGroup) -> Bool {
    for call in group.calls {
      let statement = call.statement
      if usesNames, prepared.insert(statement.name).inserted {
        guard PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1 else {
          return false
        }
        expected.append(.prepare(statement, group))
      }
      guard execute(call) else { return false }
      expected.append(.execute(group))
    }
    return true
  }

  private func execute(_ call: CallGroup.Call) -> Bool {
    let parameters = call.parameters
    let count = parameters.count
    return parameters.bytes.withUnsafeBytes { bytes in
      withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 2) { integers in
          // An empty value must not look like NULL, so it points somewhere too.
          let start = bytes.baseAddress ?? UnsafeRawPointer(integers.baseAddress!)
          for index in 0..<count {
            let range = parameters.ranges[index]
            values.initializeElement(
              at: index,
              to: range.map { (start + $0.lowerBound).assumingMemoryBound(to: CChar.self) })
            integers.initializeElement(at: index, to: Int32(range?.count ?? 0))
            integers.initializeElement(at: count + index, to: 1)
          }
          let formats = integers.baseAddress! + count
          let sent =
            usesNames
            ? PQsendQueryPrepared(
              handle, call.statement.name, Int32(count), values.baseAddress,
              integers.baseAddress, formats, 1)
            : PQsendQueryParams(
              handle, call.statement.sql, Int32(count), nil, values.baseAddress,
              integers.baseAddress, formats, 1)
          return sent == 1
        }
      }
    }
  }
}
