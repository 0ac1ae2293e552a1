extension Deployment {
  /// What was asked for, as one text in which no two different requests look alike: each field
  /// behind its length. A repeated create under one idempotency key is told from another request by
  /// its digest.
  var canonicalRequest: String {
    var text = "1;"
    func append(_ field: String) { text += "\(field.utf8.count):\(field);" }
    func append(_ fields: [String]) {
      text += "\(fields.count)*"
      for field in fields { append(field) }
    }
    append(organization.description)
    append(requestedCluster?.description ?? "")
    append(name)
    append(image)
    append(command)
    append(environment.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
    append("\(request.cpu.value)")
    append("\(request.memory.value)")
    append("\(request.gpu.value)")
    append(gpuModels)
    // What a class means may have changed since.
    append(terms.priorityClass.isEmpty ? "\(priority)" : "")
    append("\(maxAttempts)")
    // Only where there are any, so that keys of before they existed stay what they were.
    if terms.timeToLive != nil || terms.startBy != nil || !terms.priorityClass.isEmpty {
      append(terms.timeToLive.map { "\($0.microseconds)" } ?? "")
      append(terms.startBy.map { "\($0.microseconds)" } ?? "")
      append(terms.priorityClass)
    }
    // Behind a mark, so that it is no other field.
    if let gang { append("replicas \(gang.size)") }
    return text
  }
}
