import ControlPlane
import Domain
import Wire

/// The stores' work as spans: a statement below the call that it is made for, a placement below the
/// call that created the deployment.
struct SpanTracer: WorkTracer {
  private struct Statement: TracedWork {
    let sink: any SpanSink
    let name: String
    let context: TraceContext
    let start = WallTime.nanoseconds()

    func end(failure: String?) {
      sink.record(
        Span(
          name, kind: .client, context: context, start: start,
          end: max(start, WallTime.nanoseconds()),
          attributes: [
            ("db.system.name", .text("postgresql")), ("db.query.summary", .text(name)),
          ], failure: failure))
    }
  }

  let sink: any SpanSink

  func begin(statement name: String) -> (any TracedWork)? {
    guard let traceparent = CallScope.current?.traceparent,
      let caller = TraceContext(traceparent: traceparent), caller.isSampled
    else { return nil }
    return Statement(sink: sink, name: name, context: caller.child())
  }

  func placed(
    _ deployment: DeploymentID, attempt: Int, on cluster: ClusterID, traceparent: String,
    begin: Instant
  ) {
    guard
      let context = PlacementSpan.context(
        of: deployment, attempt: attempt, traceparent: traceparent), context.isSampled
    else { return }
    let start = UInt64(clamping: begin.microseconds) &* 1_000
    sink.record(
      Span(
        "place deployment", kind: .internal, context: context, start: start,
        end: max(start, WallTime.nanoseconds()),
        attributes: [
          ("berth.deployment.id", .text("\(deployment)")),
          ("berth.deployment.attempt", .integer(Int64(attempt))),
          ("berth.cluster.id", .text("\(cluster)")),
        ]))
  }
}
