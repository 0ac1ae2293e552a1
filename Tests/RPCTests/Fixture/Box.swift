import Synchronization

/// One value that any thread may set.
final class Box<Value: Sendable>: Sendable {
  fileprivate let content: Mutex<Value>

  init(_ value: Value) { content = Mutex(value) }

  var value: Value {
    get { content.withLock { $0 } }
    set { content.withLock { $0 = newValue } }
  }
}

extension Box {
  /// Adds to a set, in one step.
  func insert<Element>(_ element: Element) where Value == Set<Element> {
    content.withLock { _ = $0.insert(element) }
  }
}
