/// The bounds of `berth top`.
enum TopLimits {
  /// Deployments that it keeps; what comes beyond is counted and not shown.
  static let deployments = 10_000
  static let clusters = 1_000
  /// What has ended stays on the screen for so long.
  static let endedSeconds: Int64 = 15
  /// Deployments in the queue that are asked about in one round, and for how long an answer holds.
  static let explanations = 24
  static let explanationSeconds: Int64 = 10
  static let keptExplanations = 1_000
  /// The window of the placements a second.
  static let placementSeconds: Int64 = 10
  static let filterCharacters = 80
  /// Keys that were pressed and not looked at.
  static let waitingKeys = 256
  static let escapeSequenceBytes = 16
  /// What a terminal may say of its size.
  static let columns = 20...500
  static let rows = 5...300
  /// Combining marks on one character.
  static let marks = 2
  static let detailLines = 500
  /// Rows of a pane that `--once` prints.
  static let printedRows = 200

  static let firstDelay = Duration.milliseconds(200)
  static let longestDelay = Duration.seconds(5)
  /// A watch that lasted so long is taken for one that works, and has told what is now.
  static let settling = Duration.seconds(1)
  /// Changes are drawn this often at most; what a key does is drawn at once.
  static let drawInterval = Duration.milliseconds(100)
  /// An escape key and the beginning of a sequence look alike for so long.
  static let escapeMilliseconds: Int32 = 50
}
