/// The version of this program.
enum BerthVersion {
  static let current = "0.1.0"
}
