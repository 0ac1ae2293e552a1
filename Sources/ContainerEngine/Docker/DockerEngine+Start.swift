import Foundation
import Logging
import NIOHTTP1

/// Creating and starting.
extension DockerEngine {
  package func start(_ spec: ContainerSpec) async throws(EngineError) -> ContainerRecord {
    let body = try await creation(of: spec)
    var answer = try await create(spec, body)
    if answer.status == 404 {
      try await EngineStep.run("pull image", of: spec.image) { () async throws(EngineError) in
        try await pull(spec.image)
      }
      answer = try await create(spec, body)
    }
    if answer.status == 404 {
      throw EngineError(.imageNotFound, "image \(spec.image) is not there: \(answer.message)")
    }
    if answer.status == 409 { return try await takeUp(spec.key) }
    guard answer.isSuccess else { throw answer.failure("creating a container") }
    let created = try answer.decoded(as: DockerMessages.Created.self)
    try await refuseDroppedLimits(created.warnings ?? [], of: spec.key)
    let id = ContainerID(created.id)
    try await resume(id)
    return ContainerRecord(key: spec.key, id: id, phase: .running)
  }

  package func resume(_ id: ContainerID) async throws(EngineError) {
    let answer = try await http.call(
      .POST, "\(prefix)/containers/\(id.value)/start", within: EngineLimits.startTime)
    guard answer.isSuccess || answer.status == 304 else {
      throw answer.failure("starting the container")
    }
  }

  /// A container of this name is there already: an earlier start got this far.
  private func takeUp(_ key: ContainerKey) async throws(EngineError) -> ContainerRecord {
    var record = try await inspect(key)
    if record.phase == .created {
      try await resume(record.id)
      record.phase = .running
    }
    return record
  }

  private func create(
    _ spec: ContainerSpec, _ body: Data
  ) async throws(EngineError) -> DockerAnswer {
    try await http.call(
      .POST, prefix + "/containers/create", query: ["name": Self.name(of: spec.key)], body: body,
      within: EngineLimits.startTime)
  }

  /// Some kernels lack a limit; Docker then only warns and runs the container without it.
  private func refuseDroppedLimits(
    _ warnings: [String], of key: ContainerKey
  ) async throws(EngineError) {
    for warning in warnings {
      logger.warning(
        "the engine warns", metadata: ["container": "\(key)", "warning": "\(warning)"])
    }
    guard options.limits == .strict,
      let dropped = warnings.first(where: { $0.lowercased().contains("discarded") })
    else { return }
    try await remove(key)
    throw EngineError(
      .refused, "this host cannot hold the limits that were asked for: \(dropped)")
  }

  private func creation(of spec: ContainerSpec) async throws(EngineError) -> Data {
    let body = DockerMessages.Create(
      image: spec.image, command: spec.command.isEmpty ? nil : spec.command,
      environment: try environment(of: spec),
      labels: [
        Label.deployment: spec.key.deployment, Label.attempt: "\(spec.key.attempt)",
        Label.cluster: spec.cluster,
      ],
      host: try await hostConfiguration(of: spec))
    do { return try JSONEncoder().encode(body) } catch {
      throw EngineError(.refused, "the container cannot be described: \(error)")
    }
  }

  private func environment(of spec: ContainerSpec) throws(EngineError) -> [String] {
    var environment = spec.environment
    if !spec.gpuDevices.isEmpty {
      guard options.gpus != .none else {
        throw EngineError(.refused, "this agent runs no containers with GPUs (--gpus none)")
      }
      let devices = spec.gpuDevices.map(String.init).joined(separator: ",")
      environment["BERTH_GPU_DEVICES"] = devices
      environment["BERTH_GPU_MILLIS"] = "\(spec.gpuMillis)"
      environment["NVIDIA_VISIBLE_DEVICES"] = devices
    } else if options.gpus == .real {
      // Where the vendor's runtime is the default, a container would else see every device.
      environment["NVIDIA_VISIBLE_DEVICES"] = "void"
    }
    return environment.map { "\($0.key)=\($0.value)" }.sorted()
  }

  private func hostConfiguration(
    of spec: ContainerSpec
  ) async throws(EngineError) -> DockerMessages.HostConfiguration {
    let limits = try await limits(of: spec)
    var devices: [DockerMessages.DeviceRequest]?
    if options.gpus == .real, !spec.gpuDevices.isEmpty {
      devices = [.init(devices: spec.gpuDevices.map(String.init))]
    }
    return DockerMessages.HostConfiguration(
      nanoCPUs: limits.nanoCPUs, memory: limits.memory, memorySwap: limits.memory,
      processes: options.limits == .off ? nil : EngineLimits.processes,
      networkMode: options.network.description, log: .init(), deviceRequests: devices)
  }

  private func limits(
    of spec: ContainerSpec
  ) async throws(EngineError) -> (nanoCPUs: Int64?, memory: Int64?) {
    guard options.limits != .off else { return (nil, nil) }
    let (asked, overflow) = spec.cpuMillis.multipliedReportingOverflow(by: 1_000_000)
    guard !overflow, asked >= 0, spec.memoryBytes >= 0 else {
      throw EngineError(.refused, "the limits asked for are out of range")
    }
    var nanoCPUs = asked
    var memory = spec.memoryBytes
    if options.limits == .clamp {
      let host = try await hostInfo()
      if nanoCPUs > 0 { nanoCPUs = min(max(nanoCPUs, 10_000_000), host.cores * 1_000_000_000) }
      if memory > 0 { memory = min(max(memory, 6 << 20), host.memoryBytes) }
      if nanoCPUs != asked || memory != spec.memoryBytes {
        logger.warning(
          "limits brought into this host's range (--limits clamp)",
          metadata: ["container": "\(spec.key)", "nanoCPUs": "\(nanoCPUs)", "memory": "\(memory)"])
      }
    }
    return (nanoCPUs > 0 ? nanoCPUs : nil, memory > 0 ? memory : nil)
  }

  private func hostInfo() async throws(EngineError) -> DockerMessages.HostInfo {
    let answer = try await http.call(.GET, prefix + "/info")
    guard answer.isSuccess else { throw answer.failure("asking what the host has") }
    let info = try answer.decoded(as: DockerMessages.HostInfo.self)
    guard (1...1_000_000).contains(info.cores), info.memoryBytes > 6 << 20 else {
      throw EngineError(.malformed, "the engine tells a host of \(info.cores) cores")
    }
    return info
  }
}
