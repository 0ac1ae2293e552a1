/// Every bound of this layer that a program may configure, and its defaults.
public struct ServerLimits: Sendable {
  /// Handlers of one connection that run or wait to. A cancelled call keeps its place until its
  /// handler ends, so a peer that opens and resets cannot start more. What is over is refused.
  public var runningHandlers = 256
  /// Calls of one loop that are not over. What is over is refused, which is safe to retry.
  public var admittedCalls = 16_384
  /// Unary handlers of one method that run at a time on one loop; other requests of it wait in
  /// order.
  public var drivers = 512
  /// How long handlers may go on after their calls were cancelled at the server's end.
  public var handlersEndTimeout = Duration.seconds(5)

  public init() {}

  /// Characters of a request id that a caller brings.
  static let requestIDBytes = 64
  /// Objects of calls that a loop keeps for the next ones.
  static let spareCalls = 512
  /// Grain of deadlines, and how many grains the wheel holds.
  static let wheelTickNanoseconds: UInt64 = 2_000_000
  static let wheelSlots = 1_024
  /// Methods of which a connection remembers who calls them by its token.
  static let rememberedMethods = 8
  /// What one answer lists: as asked for, within these.
  static let pageSizes = 1...500
  static let standardPageSize = 50
  /// Functions that wait for the drain of one call's connection.
  static let drainHooks = 16
}
