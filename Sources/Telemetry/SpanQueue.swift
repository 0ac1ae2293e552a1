import Synchronization
package import Wire

/// Spans on their way to the exporter. Whoever records one only puts it here; what finds no room is
/// counted and let go.
package final class SpanQueue: SpanSink {
  private struct State {
    var spans: [Span] = []
    var dropped = 0
  }

  private let state = Mutex(State())

  package init() {}

  package func record(_ span: Span) {
    state.withLock { state in
      if state.spans.count < TelemetryLimits.waitingSpans {
        state.spans.append(span)
      } else {
        state.dropped += 1
      }
    }
  }

  package var count: Int { state.withLock { $0.spans.count } }

  /// The oldest ones, and how many were dropped since this was asked last.
  package func take(_ limit: Int) -> (spans: [Span], dropped: Int) {
    state.withLock { state in
      let spans = Array(state.spans.prefix(limit))
      state.spans.removeFirst(spans.count)
      defer { state.dropped = 0 }
      return (spans, state.dropped)
    }
  }
}
