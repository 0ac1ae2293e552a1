/// What a process uses of its machine.
package struct ProcessStatistics: Sendable, Equatable {
  package var cpuTime: Duration
  package var residentBytes: Int64
  package var openFiles: Int64
  package var maxFiles: Int64

  package init(cpuTime: Duration, residentBytes: Int64, openFiles: Int64, maxFiles: Int64) {
    self.cpuTime = cpuTime
    self.residentBytes = residentBytes
    self.openFiles = openFiles
    self.maxFiles = maxFiles
  }
}
