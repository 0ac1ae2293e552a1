/// What the console tells of itself.
package struct ConsoleReport: Sendable {
  package struct Process: Sendable {
    package var cpuTime: Duration
    package var residentBytes: Int64
    package var virtualBytes: Int64
    package var openFiles: Int64
    package var maxFiles: Int64

    package init(
      cpuTime: Duration, residentBytes: Int64, virtualBytes: Int64, openFiles: Int64,
      maxFiles: Int64
    ) {
      self.cpuTime = cpuTime
      self.residentBytes = residentBytes
      self.virtualBytes = virtualBytes
      self.openFiles = openFiles
      self.maxFiles = maxFiles
    }
  }

  package var version: String
  /// Since 1970.
  package var startTimeSeconds: Double
  /// Nil: the system does not say.
  package var process: Process?

  package init(version: String, startTimeSeconds: Double, process: Process?) {
    self.version = version
    self.startTimeSeconds = startTimeSeconds
    self.process = process
  }
}

extension MetricTable {
  mutating func add(_ console: ConsoleReport, collectedIn duration: Duration) {
    set(.consoleBuild, [console.version], true)
    set(.collection, duration)
    set(.consoleStartTime, console.startTimeSeconds)
    guard let process = console.process else { return }
    set(.consoleCPU, process.cpuTime)
    set(.consoleMemory, process.residentBytes)
    set(.consoleVirtualMemory, process.virtualBytes)
    set(.consoleFiles, process.openFiles)
    set(.consoleFileLimit, process.maxFiles)
  }
}
