extension Cluster {
  /// What even the empty cluster lacks for a deployment, for people; empty: it could hold it.
  package func shortages(for request: Resources, gpuModels: [String]) -> [String] {
    var shortages: [String] = []
    if request.cpu > capacity.cpu {
      shortages.append(
        "cpu_millis: needs \(request.cpu.value), it has \(capacity.cpu.value)")
    }
    if request.memory > capacity.memory {
      shortages.append(
        "memory_bytes: needs \(request.memory.value), it has \(capacity.memory.value)")
    }
    if request.gpu > capacity.gpu {
      shortages.append(
        "gpu_millis: needs \(request.gpu.value), it has \(capacity.gpu.value)")
    }
    if request.gpu.value > 0, !gpuModels.isEmpty, !gpuModels.contains(gpuModel) {
      let wanted = gpuModels.joined(separator: " or ")
      let own = gpuModel.isEmpty ? "of no named model" : gpuModel
      shortages.append("gpu_models: needs \(wanted), its devices are \(own)")
    }
    return shortages
  }

  /// What even the empty cluster lacks for a deployment of this organization: the same, and what
  /// its quota there does not allow.
  package func shortages(
    for request: Resources, gpuModels: [String], of organization: OrganizationID
  ) -> [String] {
    let own = shortages(for: request, gpuModels: gpuModels)
    let excesses = quota(of: organization)?.ceiling.excesses(of: request) ?? []
    return own + excesses.map { "the organization's quota there: \($0)" }
  }
}
