/// The console's release.
enum ConsoleRelease {
  static let version = "0.1.0"
}
