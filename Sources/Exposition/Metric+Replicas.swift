/// Of each replica of `berthd`, as itself and as a process.
extension Metric {
  static let up = Metric(
    "berth_up", .gauge, ["replica"], "Whether the replica answered: 1 or 0.")
  static let replicaCollection = Metric(
    "berth_replica_collection_duration_seconds", .gauge, ["replica"],
    "How long asking the replica took.")
  static let build = Metric(
    "berth_build_info", .gauge, ["replica", "id", "version", "schema_version"],
    "What the replica runs; its id is another one after each start.")
  static let startTime = Metric(
    "berth_start_time_seconds", .gauge, ["replica"], "When the replica started, since 1970.")
  static let processCPU = Metric(
    "berth_process_cpu_seconds_total", .counter, ["replica"],
    "User and system time of the replica's process.")
  static let processMemory = Metric(
    "berth_process_resident_memory_bytes", .gauge, ["replica"],
    "Resident memory of the replica's process.")
  static let processFiles = Metric(
    "berth_process_open_fds", .gauge, ["replica"],
    "Open file descriptors of the replica's process.")
  static let processFileLimit = Metric(
    "berth_process_max_fds", .gauge, ["replica"],
    "File descriptors that the replica's process may open.")

  static let replicaMetrics = [
    up, replicaCollection, build, startTime, processCPU, processMemory, processFiles,
    processFileLimit,
  ]
}
