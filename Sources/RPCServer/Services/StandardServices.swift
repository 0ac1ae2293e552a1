/// The services that a server has beside its own.
public struct StandardServices: OptionSet, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `berth.v1.HealthService`: whether the server, and each service, can serve.
  public static let health = StandardServices(rawValue: 1)
  /// `berth.v1.ReflectionService`: what the server offers, for `berth describe`.
  public static let reflection = StandardServices(rawValue: 2)
  /// `berth.v1.StatisticsService`: calls by method and who is connected. It tells about clients:
  /// a server whose callers should not see each other authorizes it or leaves it out.
  public static let statistics = StandardServices(rawValue: 4)
  public static let all: StandardServices = [.health, .reflection, .statistics]
}

extension Router {
  /// Adds the services that every server has.
  ///
  /// - Parameter health: what is said of the server's health; as it is, that it serves until it
  ///   ends.
  public mutating func addStandardServices(
    _ services: StandardServices = .all, health: HealthMonitor = HealthMonitor()
  ) {
    if services.contains(.health) {
      HealthHandlers(health).register(in: &self)
      onDrain { health.beginDraining() }
    }
    if services.contains(.reflection) { ReflectionHandlers().register(in: &self) }
    if services.contains(.statistics) { StatisticsHandlers().register(in: &self) }
  }
}
