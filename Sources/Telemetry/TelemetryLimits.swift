/// The bounds of what is sent to a collector.
enum TelemetryLimits {
  /// Spans that wait; one more is dropped.
  static let waitingSpans = 8_192
  /// Spans of one request.
  static let spansPerRequest = 512
  static let attributeCharacters = 1_024
  static let attributes = 64
  static let resourceAttributes = 64
  static let headers = 32
  /// Of a collector's answer, as much is read.
  static let answerBytes = 64 << 10

  /// The exporter looks so often whether there is enough to send.
  static let tick = Duration.milliseconds(50)
  static let connectTimeout = Duration.seconds(5)
  /// Attempts of one request, with pauses that double from the first to the longest.
  static let attempts = 5
  static let firstPause = Duration.seconds(1)
  static let longestPause = Duration.seconds(16)
  /// For all that is left when the program ends.
  static let flushTime = Duration.seconds(3)
}
