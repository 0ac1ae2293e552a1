/// The parts of a call that an interceptor sees.
public struct CallPhases: OptionSet, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Before the request is decoded.
  public static let begin = CallPhases(rawValue: 1)
  /// Once the handler has ended.
  public static let end = CallPhases(rawValue: 2)
  public static let all: CallPhases = [.begin, .end]
}
