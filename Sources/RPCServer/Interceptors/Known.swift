/// What is known without waiting.
public enum Known<Value: Sendable>: Sendable {
  /// This. A connection may give the same answer to the same question for as long as `keep` says,
  /// unless the `revision` of whoever answered changes; `.zero`: for this one call.
  case value(Value, keep: Duration)
  /// Known to be none: the call needs none.
  case none
  /// It has to be asked for.
  case unknown
}
