import ContainerEngine
import Wire

/// A container's start as a part of the trace that its order names: a span of the start and, below
/// it, of the fetching of its image. The container finds its place in `TRACEPARENT`.
struct StartTracing: Sendable {
  /// The environment variable by which programs hand a trace on.
  private static let variable = "TRACEPARENT"

  /// With what the container is told.
  let spec: ContainerSpec
  private let sink: (any SpanSink)?
  /// Of the start; nil: it is not recorded.
  private let context: TraceContext?

  init(of spec: ContainerSpec, into sink: (any SpanSink)?) {
    let order = spec.traceparent.flatMap { TraceContext(traceparent: $0) }
    let isRecorded = sink != nil && order?.isSampled == true
    context = isRecorded ? order?.child() : nil
    self.sink = sink
    var spec = spec
    // What the deployment itself sets stays.
    if let told = context?.traceparent ?? spec.traceparent, spec.environment[Self.variable] == nil {
      spec.environment[Self.variable] = told
    }
    self.spec = spec
  }

  func run(
    _ body: () async -> Result<ContainerRecord, EngineError>
  ) async -> Result<ContainerRecord, EngineError> {
    guard let sink, let context else { return await body() }
    let start = WallTime.nanoseconds()
    let scope = CallScope(traceparent: context.traceparent)
    let result = await scope.run {
      await EngineStep.$observer.withValue({ Self.record($0, below: context, into: sink) }) {
        await body()
      }
    }
    var failure: String?
    if case .failure(let error) = result { failure = error.message }
    sink.record(
      Span(
        "start container", kind: .consumer, context: context, start: start,
        end: max(start, WallTime.nanoseconds()),
        attributes: [
          ("berth.deployment.id", .text(spec.key.deployment)),
          ("berth.deployment.attempt", .integer(Int64(spec.key.attempt))),
          ("berth.cluster.id", .text(spec.cluster)), ("container.image.name", .text(spec.image)),
        ], failure: failure))
    return result
  }

  private static func record(
    _ step: EngineStep, below parent: TraceContext, into sink: any SpanSink
  ) {
    let end = WallTime.nanoseconds()
    let (seconds, attoseconds) = step.duration.components
    let took =
      UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
    sink.record(
      Span(
        step.name, kind: .client, context: parent.child(), start: end - min(took, end), end: end,
        attributes: [("container.image.name", .text(step.subject))], failure: step.failure))
  }
}
