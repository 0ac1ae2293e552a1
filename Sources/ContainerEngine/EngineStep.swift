/// A part of an engine's work that takes time of its own, for whoever wants to know: the fetching
/// of an image within a container's start.
package struct EngineStep: Sendable {
  /// Told when a step of the task's work is over.
  @TaskLocal package static var observer: (@Sendable (EngineStep) -> Void)?

  package let name: String
  /// What it was done with: an image.
  package let subject: String
  package let duration: Duration
  /// What went wrong; nil: nothing.
  package let failure: String?

  static func run<Output>(
    _ name: String, of subject: String, _ body: () async throws(EngineError) -> Output
  ) async throws(EngineError) -> Output {
    guard let observer else { return try await body() }
    let start = ContinuousClock.now
    func tell(_ failure: String?) {
      observer(
        EngineStep(
          name: name, subject: subject, duration: ContinuousClock.now - start, failure: failure))
    }
    do throws(EngineError) {
      let output = try await body()
      tell(nil)
      return output
    } catch {
      tell(error.message)
      throw error
    }
  }
}
