private import Domain

extension TraceNode {
  /// Reads `sn,cpu_milli,memory_mib,gpu,model`, the columns in any order, others left aside.
  package static func read(_ text: String, file name: String) throws(TraceError) -> [TraceNode] {
    var file = try CSVFile(text, name: name)
    let (sn, cpu) = (try file.column("sn"), try file.column("cpu_milli"))
    let (memory, gpu) = (try file.column("memory_mib"), try file.column("gpu"))
    let model = file.optionalColumn("model")
    var nodes: [TraceNode] = []
    while let row = try file.next() {
      guard nodes.count < SimulationLimits.nodes else {
        throw TraceError(file: name, line: row.line, problem: "too many nodes")
      }
      let devices = try row.number(
        gpu, "gpu", in: 0...ResourceLimits.gpu.value / MilliGPU.device.value)
      nodes.append(
        TraceNode(
          name: String(row.text(sn)),
          capacity: Resources(
            cpu: MilliCPU(try row.number(cpu, "cpu_milli", in: 0...ResourceLimits.cpu.value)),
            memory: try row.memory(memory), gpu: MilliGPU(devices * MilliGPU.device.value)),
          gpuModel: model.map { String(row.text($0)) } ?? ""))
    }
    guard !nodes.isEmpty else { throw TraceError(file: name, problem: "no nodes") }
    return nodes
  }
}

extension TracePod {
  /// Reads `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,creation_time,deletion_time,
  /// scheduled_time`, the columns in any order, others left aside; those from `gpu_spec` on may be
  /// missing. `gpu_milli` is the part of one device where `num_gpu` is 1; `gpu_spec` lists the
  /// models that will do, with | between.
  package static func read(_ text: String, file name: String) throws(TraceError) -> [TracePod] {
    var file = try CSVFile(text, name: name)
    let columns = try Columns(file)
    var pods: [TracePod] = []
    while let row = try file.next() {
      guard pods.count < SimulationLimits.pods else {
        throw TraceError(file: name, line: row.line, problem: "too many pods")
      }
      pods.append(try pod(row, columns))
    }
    guard !pods.isEmpty else { throw TraceError(file: name, problem: "no pods") }
    return pods
  }

  private struct Columns {
    let name: Int
    let cpu: Int
    let memory: Int
    let devices: Int
    let milli: Int
    let spec: Int?
    let qos: Int?
    let created: Int?
    let deleted: Int?
    let scheduled: Int?

    init(_ file: CSVFile) throws(TraceError) {
      name = try file.column("name")
      cpu = try file.column("cpu_milli")
      memory = try file.column("memory_mib")
      devices = try file.column("num_gpu")
      milli = try file.column("gpu_milli")
      spec = file.optionalColumn("gpu_spec")
      qos = file.optionalColumn("qos")
      created = file.optionalColumn("creation_time")
      deleted = file.optionalColumn("deletion_time")
      scheduled = file.optionalColumn("scheduled_time")
    }
  }

  private static func pod(_ row: CSVFile.Row, _ columns: Columns) throws(TraceError) -> TracePod {
    let cpu = try row.number(columns.cpu, "cpu_milli", in: 0...ResourceLimits.cpu.value)
    let created = try row.time(columns.created, "creation_time")
    let deleted = try row.time(columns.deleted, "deletion_time")
    let begun = try row.time(columns.scheduled, "scheduled_time") ?? created
    var seconds: Int64?
    if let begun, let deleted {
      guard deleted >= begun else {
        throw row.error(at: columns.deleted ?? 0, "deletion_time: before the pod began")
      }
      seconds = deleted - begun
    }
    return TracePod(
      name: String(row.text(columns.name)),
      request: Resources(
        cpu: MilliCPU(cpu), memory: try row.memory(columns.memory),
        gpu: MilliGPU(try milliGPU(row, columns))),
      gpuModels: columns.spec.map { row.text($0).split(separator: "|").map(String.init) } ?? [],
      qos: columns.qos.map { String(row.text($0)) } ?? "", createdAt: created, seconds: seconds)
  }

  private static func milliGPU(_ row: CSVFile.Row, _ columns: Columns) throws(TraceError) -> Int64 {
    let device = MilliGPU.device.value
    let devices = try row.number(
      columns.devices, "num_gpu", in: 0...ResourceLimits.gpu.value / device)
    guard devices > 0 else { return 0 }
    let milli = try row.number(columns.milli, "gpu_milli", in: 1...device, default: device)
    guard devices == 1 || milli == device else {
      throw row.error(at: columns.milli, "gpu_milli: several devices are asked for whole only")
    }
    return devices * milli
  }
}

extension CSVFile.Row {
  fileprivate func memory(_ column: Int) throws(TraceError) -> Bytes {
    Bytes(try number(column, "memory_mib", in: 0...ResourceLimits.memory.value >> 20) << 20)
  }

  /// Nil where there is no such column or the field is empty.
  fileprivate func time(_ column: Int?, _ name: String) throws(TraceError) -> Int64? {
    guard let column, !text(column).isEmpty else { return nil }
    return try number(column, name, in: 0...1 << 40)
  }
}
