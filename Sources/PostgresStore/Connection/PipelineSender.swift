internal import DequeModule

/// Writes the groups of one turn: the reads before one sync, every write before one of its own. A
/// statement's first use on a connection prepares it in the same transaction.
struct PipelineSender {
  let usesNames: Bool
  private var prepared: Set<String> = []

  init(usesNames: Bool) { self.usesNames = usesNames }

  /// The server does not know it under its name, or may not.
  mutating func forget(_ statement: Statement) { prepared.remove(statement.name) }

  mutating func forgetAll() { prepared.removeAll() }

  mutating func send(
    _ groups: [CallGroup], to writer: inout MessageWriter,
    expecting expected: inout Deque<Expectation>
  ) {
    var reads: [CallGroup] = []
    for group in groups {
      if case .read = group.kind {
        reads.append(group)
        send(group, &writer, &expected)
      }
    }
    if !reads.isEmpty { sync(reads, &writer, &expected) }
    guard reads.count < groups.count else { return }
    for group in groups {
      switch group.kind {
      case .read: continue
      case .write:
        send(group, &writer, &expected)
        sync([group], &writer, &expected)
      case .snapshot:
        control(.begin, .control(group), &writer, &expected)
        send(group, &writer, &expected)
        control(.commit, .control(group), &writer, &expected)
        sync([group], &writer, &expected)
        control(.rollback, .cleanUp, &writer, &expected)
        sync([], &writer, &expected)
      }
    }
  }

  private mutating func send(
    _ group: CallGroup, _ writer: inout MessageWriter, _ expected: inout Deque<Expectation>
  ) {
    send(group.first, of: group, &writer, &expected)
    for call in group.others { send(call, of: group, &writer, &expected) }
  }

  private mutating func send(
    _ call: CallGroup.Call, of group: CallGroup, _ writer: inout MessageWriter,
    _ expected: inout Deque<Expectation>
  ) {
    let name = usesNames ? call.statement.name : ""
    if !usesNames || prepared.insert(name).inserted {
      writer.parse(name, call.statement.sql)
      expected.append(.prepare(call.statement, group))
    }
    writer.bind(name, call.parameters)
    writer.execute()
    expected.append(.execute(group))
  }

  /// Without a name: it is not sent often.
  private func control(
    _ statement: Statement, _ expectation: Expectation, _ writer: inout MessageWriter,
    _ expected: inout Deque<Expectation>
  ) {
    writer.parse("", statement.sql)
    writer.bind("", .none)
    writer.execute()
    expected.append(expectation)
  }

  private func sync(
    _ groups: [CallGroup], _ writer: inout MessageWriter, _ expected: inout Deque<Expectation>
  ) {
    writer.sync()
    expected.append(.sync(groups))
  }
}

extension Statement {
  fileprivate static let begin = Statement(
    "begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
  fileprivate static let commit = Statement("commit", "COMMIT")
  fileprivate static let rollback = Statement("rollback", "ROLLBACK")
}
