/// The interceptors of a loop that see one phase, in their order. Confined to its loop.
struct InterceptorRow: ~Copyable {
  // unsafe: allocated and filled here alone, freed in deinit; each entry is retained here until
  // then, and neither the row nor an entry is retained again for a call.
  private var entries = UnsafeMutableBufferPointer<Unmanaged<InterceptorEntry>>.allocate(
    capacity: 0)

  init() {}

  deinit {
    for entry in entries { entry.release() }
    entries.deallocate()
  }

  var count: Int { entries.count }

  mutating func append(_ interceptor: any ServerInterceptor) {
    let larger = UnsafeMutableBufferPointer<Unmanaged<InterceptorEntry>>.allocate(
      capacity: entries.count + 1)
    _ = larger.initialize(from: entries)
    larger.initializeElement(
      at: entries.count, to: Unmanaged.passRetained(Self.entry(interceptor)))
    entries.deallocate()
    entries = larger
  }

  private static func entry<Interceptor: ServerInterceptor>(
    _ interceptor: Interceptor
  ) -> InterceptorEntry {
    TypedInterceptorEntry(interceptor)
  }

  func begin(_ index: Int, _ call: CallContext) -> Admission {
    entries[index]._withUnsafeGuaranteedRef { $0.begin(call) }
  }

  func end(_ call: CallContext, _ outcome: CallOutcome) {
    for entry in entries { entry._withUnsafeGuaranteedRef { $0.end(call, outcome) } }
  }

  /// What `body` makes of the first for which it makes something.
  func first<R>(_ body: (any ServerInterceptor) -> R?) -> R? {
    for entry in entries {
      if let found = body(entry.takeUnretainedValue().interceptor) { return found }
    }
    return nil
  }
}

/// One interceptor, called where it lies: an existential would be copied for each call.
private class InterceptorEntry {
  var interceptor: any ServerInterceptor { preconditionFailure("an entry of no type") }

  func begin(_ call: CallContext) -> Admission { .proceed }

  func end(_ call: CallContext, _ outcome: CallOutcome) {}
}

private final class TypedInterceptorEntry<Interceptor: ServerInterceptor>: InterceptorEntry {
  private let typed: Interceptor

  init(_ interceptor: Interceptor) { typed = interceptor }

  override var interceptor: any ServerInterceptor { typed }

  override func begin(_ call: CallContext) -> Admission { typed.begin(call) }

  override func end(_ call: CallContext, _ outcome: CallOutcome) { typed.end(call, outcome) }
}
