import HTTPTypes
import Messages
import RPCClient
import Wire

extension Endpoint {
  static let deployments: [Endpoint] = [
    createDeployment, listDeployments, scheduleDeployment, completeDeployment,
  ]

  private static let createDeployment = Endpoint(
    method: .post, path: "/deployment/create_deployment",
    summary: "Queues a deployment, which starts as soon as its cluster has room.",
    input: [
      .required("cluster_id", .text, "Where it must run."),
      .required("docker_image", .text, "At most 512 bytes."),
      .required("required_cpu", .amount(.cores), "Cores."),
      .required("required_ram", .amount(.gibibytes), "GiB."),
      .required(
        "required_gpu", .amount(.devices), "0, a share of one GPU below 1, or whole GPUs."),
      .optional("priority", .integer(0...1_000), "Higher first; 0 if left out."),
    ],
    output: .record("Deployment", Records.deploymentFields)
  ) { call async throws(EndpointError) in
    let input = call.input
    let resources = Resources(
      cpuMillis: input.amount("required_cpu") ?? 0, memoryBytes: input.amount("required_ram") ?? 0,
      gpuMillis: input.amount("required_gpu") ?? 0)
    let request = CreateDeploymentRequest(
      clusterID: input.text("cluster_id"), image: input.text("docker_image"), resources: resources,
      priority: Int32(clamping: input.integer("priority") ?? 0))
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.deployments.createDeployment(request, options: options)
    }
    return .object(Records.deployment(try call.require(answer.deployment)))
  }

  private static let listDeployments = Endpoint(
    method: .get, path: "/deployment/list_deployments",
    summary: "The deployments of the caller's organizations, newest first.",
    input: EndpointCall.pageFields + [
      .optional("state", .choice(OlderNames.states.map(\.name)), "Only those in this state."),
      .optional("cluster_id", .text, "Only those of this cluster."),
    ],
    output: .list(.record("Deployment", Records.deploymentFields))
  ) { call async throws(EndpointError) in
    let name = call.input.text("state")
    let states = OlderNames.states.first { $0.name == name }?.states ?? []
    let deployments = try await call.page(always: true) { page async throws(RPCStatus) in
      let answer = try await call.deployments.listDeployments(
        ListDeploymentsRequest(
          page: page, states: states, clusterID: call.input.text("cluster_id")),
        options: call.options)
      return (answer.deployments, answer.nextPageToken)
    }
    return .array(deployments.map { .object(Records.deployment($0)) })
  }

  private static let scheduleDeployment = Endpoint(
    method: .post, path: "/deployment/schedule_deployment",
    summary: """
      Wakes the scheduler and answers what it placed then. It places by itself whenever something \
      changes, so that there is seldom anything left to place.
      """, access: .superAdmin,
    output: .object([
      OutputField(
        "triggered_deployments", .list(.record("Deployment", Records.deploymentFields)))
    ])
  ) { call async throws(EndpointError) in
    let placed = try await SchedulerTrigger(call: call).run()
    return ["triggered_deployments": .array(placed.map { .object(Records.deployment($0)) })]
  }

  private static let completeDeployment = Endpoint(
    method: .post, path: "/deployment/complete_deployment",
    summary: """
      Ends deployments that run as completed, whatever their containers do, and frees what they \
      hold: those named, or all that run, up to \(GatewayLimits.completedDeployments) a call. A \
      deployment whose container ends completes without this.
      """, access: .superAdmin,
    input: [
      .optional("deployment_ids", .texts, "Only these; one that does not run is left as it is."),
      .optional("organization_id", .text, "Only those of this organization."),
      .optional("cluster_id", .text, "Only those of this cluster."),
    ],
    output: .object([
      OutputField(
        "completed_deployments", .list(.record("Deployment", Records.deploymentFields)))
    ])
  ) { call async throws(EndpointError) in
    let completed = try await RunningDeployments(call: call).complete()
    return ["completed_deployments": .array(completed.map { .object(Records.deployment($0)) })]
  }
}
