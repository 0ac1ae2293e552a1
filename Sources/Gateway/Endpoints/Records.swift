import Messages

/// The records of the older surface, made of the RPCs' messages.
enum Records {
  /// What `status` says of every record: it is there. The older platform kept deleted ones, too.
  static let status = "active"

  static let statusField = OutputField("status", .text("`\(status)`: the record is in use."))
  static let timeFields = [
    OutputField("created_at", .time("")), OutputField("updated_at", .time("")),
  ]

  static let userFields =
    [
      OutputField("id", .text("")), OutputField("username", .text("")),
      OutputField("display_name", .text("")), statusField,
    ] + timeFields

  static func user(_ user: User) -> [JSONMember] {
    [
      JSONMember("id", user.id), JSONMember("username", user.username),
      JSONMember("display_name", user.displayName), JSONMember("status", status),
      JSONMember("created_at", user.createdAt), JSONMember("updated_at", user.updatedAt),
    ]
  }

  static let organizationFields =
    [OutputField("id", .text("")), OutputField("name", .text(""))] + timeFields

  static func organization(_ organization: Organization) -> [JSONMember] {
    [
      JSONMember("id", organization.id), JSONMember("name", organization.name),
      JSONMember("created_at", organization.createdAt),
      JSONMember("updated_at", organization.updatedAt),
    ]
  }

  static let memberFields =
    [
      OutputField("id", .text("Of the membership: the organization's and the user's id.")),
      OutputField("organization_id", .text("")), OutputField("user_id", .text("")),
      OutputField(
        "user_details",
        .object([
          OutputField("username", .text("")), OutputField("display_name", .text("")), statusField,
        ])), statusField,
    ] + timeFields

  static func member(_ member: Member) -> [JSONMember] {
    [
      JSONMember("id", "\(member.organizationID):\(member.userID)"),
      JSONMember("organization_id", member.organizationID),
      JSONMember("user_id", member.userID),
      JSONMember(
        name: "user_details",
        value: [
          "username": .string(member.username), "display_name": .string(member.displayName),
          "status": .string(status),
        ]), JSONMember("status", status), JSONMember("created_at", member.joinedAt),
      // A membership has no other date.
      JSONMember("updated_at", member.joinedAt),
    ]
  }

  static let clusterFields =
    [
      OutputField("id", .text("")), OutputField("organization_id", .text("")),
      OutputField("name", .text("")), OutputField("cpu_size", .number("Cores.")),
      OutputField("ram_size", .number("GiB.")), OutputField("gpu_size", .number("GPUs.")),
      OutputField("available_cpu", .number("Cores that are free.")),
      OutputField("available_ram", .number("GiB that are free.")),
      OutputField("available_gpu", .number("GPUs that are free.")), statusField,
    ] + timeFields

  static func cluster(_ cluster: Cluster) -> [JSONMember] {
    let (capacity, available) = (cluster.capacity, cluster.available)
    return [
      JSONMember("id", cluster.id), JSONMember("organization_id", cluster.organizationID),
      JSONMember("name", cluster.name), JSONMember("cpu_size", capacity?.cpuMillis, .cores),
      JSONMember("ram_size", capacity?.memoryBytes, .gibibytes),
      JSONMember("gpu_size", capacity?.gpuMillis, .devices),
      JSONMember("available_cpu", available?.cpuMillis, .cores),
      JSONMember("available_ram", available?.memoryBytes, .gibibytes),
      JSONMember("available_gpu", available?.gpuMillis, .devices), JSONMember("status", status),
      JSONMember("created_at", cluster.createdAt), JSONMember("updated_at", cluster.updatedAt),
    ]
  }

  static let deploymentFields =
    [
      OutputField("id", .text("")),
      OutputField("cluster_id", .text("Where it runs, or must run; empty: anywhere.")),
      OutputField("docker_image", .text("")), OutputField("required_cpu", .number("Cores.")),
      OutputField("required_ram", .number("GiB.")), OutputField("required_gpu", .number("GPUs.")),
      OutputField("priority", .integer("Higher first.")),
      OutputField(
        "state",
        .text(OlderNames.states.map { "`\($0.name)`" }.joined(separator: ", ") + ".")),
      statusField,
    ] + timeFields

  static func deployment(_ deployment: Deployment) -> [JSONMember] {
    let place =
      deployment.clusterID.isEmpty ? deployment.placedClusterID : deployment.clusterID
    return [
      JSONMember("id", deployment.id), JSONMember("cluster_id", place),
      JSONMember("docker_image", deployment.image),
      JSONMember("required_cpu", deployment.resources?.cpuMillis, .cores),
      JSONMember("required_ram", deployment.resources?.memoryBytes, .gibibytes),
      JSONMember("required_gpu", deployment.resources?.gpuMillis, .devices),
      JSONMember(name: "priority", value: .number(String(deployment.priority))),
      JSONMember("state", OlderNames.name(of: deployment.state)), JSONMember("status", status),
      JSONMember("created_at", deployment.createdAt),
      JSONMember("updated_at", deployment.updatedAt),
    ]
  }
}

extension JSONMember {
  fileprivate init(_ name: String, _ text: String) {
    self.init(name: name, value: .string(text))
  }

  /// ISO 8601; null where there is none.
  fileprivate init(_ name: String, _ time: Timestamp?) {
    self.init(name: name, value: time.map { .string($0.description) } ?? .null)
  }

  fileprivate init(_ name: String, _ base: Int64?, _ unit: AmountUnit) {
    self.init(name: name, value: .number(unit.text(of: base ?? 0)))
  }
}
