/// What the server's next answer belongs to. Answers come in the order of what was sent.
enum Expectation {
  case prepare(Statement, CallGroup)
  case execute(CallGroup)
  /// BEGIN and COMMIT of a snapshot: only their errors matter.
  case control(CallGroup)
  /// ROLLBACK after a snapshot: leaves no failed transaction behind; its answer does not matter.
  case cleanUp
  /// The end of a transaction, with the groups that end there.
  case sync([CallGroup])
}
