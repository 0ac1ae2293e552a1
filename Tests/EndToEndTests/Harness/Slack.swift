/// How much longer than promised a test lets things take, because two cores are shared with a
/// compiler, PostgreSQL and every process that a stack starts.
enum Slack {
  static let machine = Duration.seconds(3)
}
