/// Something that runs containers. Every call may be made from any task; all are idempotent, so
/// that one whose answer was lost can be made again.
package protocol ContainerEngine: Sendable {
  /// Asks the engine who it is: also the way to see whether it is there.
  func version() async throws(EngineError) -> EngineVersion

  /// Creates and starts a container, fetching its image first where that is allowed and needed.
  ///
  /// A container of the same key that exists already is not doubled: it is started if it never was,
  /// and its record is answered as it is. A container that could not be started may be left behind
  /// for `remove`.
  func start(_ spec: ContainerSpec) async throws(EngineError) -> ContainerRecord

  /// Starts a container that was created and never started.
  func resume(_ id: ContainerID) async throws(EngineError)

  /// Every container of a cluster, with those that ended.
  func list(cluster: String) async throws(EngineError) -> [ContainerRecord]

  /// One container as it is now. Throws `notFound`.
  func inspect(_ key: ContainerKey) async throws(EngineError) -> ContainerRecord

  /// Follows every container of a cluster, beginning with a snapshot.
  func events(cluster: String) async throws(EngineError) -> sending any EngineEventSource

  /// Asks a container to end, and ends it when it has not within `grace`. Returns when it ended,
  /// how it ended; nil if there is no such container.
  func stop(_ key: ContainerKey, grace: Duration) async throws(EngineError) -> ContainerExit?

  /// Removes a container, running or not. One that is not there is no error.
  func remove(_ key: ContainerKey) async throws(EngineError)

  /// What a container printed. Throws `notFound`.
  func logs(_ key: ContainerKey, _ query: LogQuery) async throws(EngineError) -> sending LogStream

  /// Lets go of the engine; containers go on.
  func shutdown() async
}
