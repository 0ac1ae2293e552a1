/// Who may call what unless an operator changes it: what the first migration writes, and what the
/// stored rules are checked against. A method that is not here is refused.
package enum AccessRules {
  package static let standard: [String: AccessRule] = {
    var rules: [String: AccessRule] = [:]
    for (service, methods) in services {
      for (method, rule) in methods { rules["berth.v1.\(service)/\(method)"] = rule }
    }
    return rules
  }()

  /// Every role may look.
  private static let view = AccessRule.roles([.admin, .developer, .viewer])
  private static let deploy = AccessRule.roles([.admin, .developer])
  private static let administer = AccessRule.roles([.admin])

  private static let services: [String: [String: AccessRule]] = [
    "UserService": [
      "CreateUser": .anyone, "Login": .anyone, "RefreshToken": .anyone,
      "WhoAmI": .authenticated, "ListUsers": .authenticated,
    ],
    "OrganizationService": [
      "CreateOrganization": .authenticated, "JoinOrganization": .authenticated,
      "ListOrganizations": .authenticated, "ListMembers": view,
      "RotateInvite": administer, "SetMemberRole": administer, "RemoveMember": administer,
      "SetOrganizationQuota": .superAdmin, "GetOrganizationQuota": view,
    ],
    "ServiceAccountService": [
      "CreateServiceAccount": administer, "ListServiceAccounts": administer,
      "RevokeServiceAccount": administer,
    ],
    "ClusterService": [
      "CreateCluster": administer, "UpdateCluster": administer, "GetCluster": view,
      "ListClusters": view, "CreateAgentToken": administer, "RevokeAgentTokens": administer,
      "SetClusterQuota": administer, "AcceptClusterQuota": administer,
      "RemoveClusterQuota": administer, "ListClusterQuotas": view,
    ],
    "DeploymentService": [
      "CreateDeployment": deploy, "CancelDeployment": deploy, "CompleteDeployment": deploy,
      "GetDeployment": view, "ListDeployments": view, "ListDeploymentEvents": view,
      "ExplainDeployment": view, "SimulateDeployment": deploy,
      "WatchDeployments": view, "Logs": view, "UpdateDeployment": deploy,
    ],
    "PriorityClassService": [
      "ListPriorityClasses": .authenticated, "PutPriorityClass": .superAdmin,
      "DeletePriorityClass": .superAdmin,
    ],
    "AgentService": ["Attach": .agent],
    "AdminService": [
      "Version": .anyone, "InitializeDatabase": .superAdmin, "GetScheduler": .superAdmin,
      "TriggerScheduler": .superAdmin, "CheckInvariants": .superAdmin,
      "SetSchedulerShards": .superAdmin, "GetControlPlaneStatistics": .superAdmin,
    ],
    "HealthService": ["Check": .anyone, "Watch": .anyone],
    "ReflectionService": ["ListServices": .authenticated, "GetDescriptors": .authenticated],
    "StatisticsService": [
      "GetServerStatistics": .superAdmin, "ListMethodStatistics": .superAdmin,
      "ListConnections": .superAdmin,
    ],
  ]
}
