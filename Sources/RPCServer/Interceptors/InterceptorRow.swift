/// The interceptors of a loop that see one phase. Confined to its loop.
///
/// They are called where they lie: an element of an array would be copied out of it, with a retain
/// and a release for each interceptor of each call.
final class InterceptorRow {
  // unsafe: `count` initialized elements, which only `append` adds and `deinit` ends; a row grows
  // before the first call alone, so none moves while it is called.
  private var elements: UnsafeMutablePointer<any ServerInterceptor>
  private var capacity = 8
  private(set) var count = 0

  init() { elements = .allocate(capacity: capacity) }

  deinit {
    elements.deinitialize(count: count)
    elements.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  func append(_ interceptor: any ServerInterceptor) {
    if count == capacity {
      let larger = UnsafeMutablePointer<any ServerInterceptor>.allocate(capacity: 2 * capacity)
      larger.moveInitialize(from: elements, count: count)
      elements.deallocate()
      elements = larger
      capacity *= 2
    }
    (elements + count).initialize(to: interceptor)
    count += 1
  }

  @inline(__always)
  func begin(_ index: Int, _ call: CallContext) -> Admission { elements[index].begin(call) }

  @inline(__always)
  func end(_ call: CallContext, _ outcome: CallOutcome) {
    var index = 0
    while index < count {
      elements[index].end(call, outcome)
      index += 1
    }
  }

  /// What `body` makes of the first for which it makes something.
  func first<R>(_ body: (any ServerInterceptor) -> R?) -> R? {
    for index in 0..<count {
      if let found = body(elements[index]) { return found }
    }
    return nil
  }
}
