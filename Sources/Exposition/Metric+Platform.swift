/// Of the whole platform, by the database; and of the console itself.
extension Metric {
  static let platformUp = Metric(
    "berth_platform_up", .gauge, "Whether the database told what waits and runs: 1 or 0.")
  static let platformDuration = Metric(
    "berth_platform_read_duration_seconds", .gauge,
    "How long the database took to tell it; it is asked again after 20 times that.")
  static let platformTime = Metric(
    "berth_platform_read_time_seconds", .gauge, "When the database told it, since 1970.")
  static let queue = Metric(
    "berth_queue_deployments", .gauge, ["priority"],
    "Deployments in the queue; priorities that are not told apart are \"other\".")
  static let queuePaused = Metric(
    "berth_queue_paused_deployments", .gauge, ["priority"],
    "Deployments in the queue that are retries whose pause is not over.")
  static let queueOldest = Metric(
    "berth_queue_oldest_wait_seconds", .gauge, ["priority"],
    "How long the one has waited that has waited longest; 0 where none waits.")
  static let deployments = Metric(
    "berth_deployments", .gauge, ["state"], "Deployments that are not over, by their state.")
  static let clusters = Metric(
    "berth_clusters", .gauge, ["agent"],
    "Clusters whose agent is attached or lost, or that never had one (none).")
  static let clustersOmitted = Metric(
    "berth_clusters_omitted", .gauge,
    "Clusters that are not told one by one; the sums have them.")
  static let clusterCapacity = Metric(
    "berth_cluster_capacity", .gauge, ["organization", "cluster", "dimension", "unit"],
    "What the cluster has: cpu in cores, memory in bytes, gpu in devices.")
  static let clusterAllocated = Metric(
    "berth_cluster_allocated", .gauge, ["organization", "cluster", "dimension", "unit"],
    "What deployments hold of it.")
  static let capacity = Metric(
    "berth_capacity", .gauge, ["dimension", "unit"], "What all clusters have together.")
  static let allocated = Metric(
    "berth_allocated", .gauge, ["dimension", "unit"], "What deployments hold of that.")

  static let platformMetrics = [
    platformUp, platformDuration, platformTime, queue, queuePaused, queueOldest, deployments,
    clusters, clustersOmitted, clusterCapacity, clusterAllocated, capacity, allocated,
  ]

  static let consoleBuild = Metric(
    "berth_console_build_info", .gauge, ["version"], "What the console runs.")
  static let collection = Metric(
    "berth_console_collection_duration_seconds", .gauge,
    "How long asking all replicas took.")
  static let consoleCPU = Metric(
    "process_cpu_seconds_total", .counter, "User and system time of the console's process.")
  static let consoleMemory = Metric(
    "process_resident_memory_bytes", .gauge, "Resident memory of the console's process.")
  static let consoleVirtualMemory = Metric(
    "process_virtual_memory_bytes", .gauge, "Virtual memory of the console's process.")
  static let consoleFiles = Metric(
    "process_open_fds", .gauge, "Open file descriptors of the console's process.")
  static let consoleFileLimit = Metric(
    "process_max_fds", .gauge, "File descriptors that the console's process may open.")
  static let consoleStartTime = Metric(
    "process_start_time_seconds", .gauge, "When the console started, since 1970.")

  static let consoleMetrics = [
    consoleBuild, collection, consoleCPU, consoleMemory, consoleVirtualMemory, consoleFiles,
    consoleFileLimit, consoleStartTime,
  ]
}
