/// Every bound of the domain's rules that is not an amount of resources (`ResourceLimits`).
package enum DomainLimits {
  // Requests.
  /// Violations told of one request; a hostile one can break a rule a million times.
  package static let violations = 32
  package static let pageTokenBytes = 1_024
  /// Bytes of a field's name that come from the caller, for example of a variable.
  package static let fieldNameBytes = 64
  package static let bearerBytes = 4_096

  // Users.
  package static let usernameBytes = 3...64
  package static let displayNameCharacters = 128
  package static let passwordCharacters = 12...256
  /// UTF-8 of the longest password: 256 scalars of four bytes.
  package static let passwordBytes = 1_024
  /// Usernames whose failed logins are remembered, a replica.
  package static let throttledUsernames = 10_000
  /// Failed logins of one username until it has to wait.
  package static let loginFailures = 10
  /// How long failed logins count.
  package static let loginWindow = Duration.seconds(300)

  // Organizations.
  package static let organizationNameCharacters = 1...128
  package static let inviteCodeBytes = 64

  // Service accounts.
  package static let serviceAccountNameCharacters = 1...64
  package static let serviceAccountLifetime = Duration.seconds(60)...Duration.seconds(366 * 86_400)
  package static let defaultServiceAccountLifetime = Duration.seconds(90 * 86_400)

  // Clusters.
  package static let clusterNameBytes = 1...64
  package static let gpuModelCharacters = 64

  // Deployments.
  package static let deploymentNameCharacters = 128
  package static let imageBytes = 512
  package static let commandArguments = 64
  package static let commandArgumentBytes = 4_096
  /// Bytes of all arguments: a listing and the change feed hold hundreds of deployments at a time.
  package static let commandBytes = 32_768
  package static let environmentVariables = 128
  package static let environmentNameBytes = 256
  package static let environmentValueBytes = 8_192
  /// Bytes of all names and values.
  package static let environmentBytes = 65_536
  package static let gpuModels = 16
  package static let priority = 0...1_000
  package static let attempts = 1...100
  package static let defaultAttempts = 3
  /// Deployments of a gang.
  package static let replicas = 64
  package static let idempotencyKeyBytes = 128
  package static let queueTimeToLive = Duration.seconds(1)...Duration.seconds(366 * 86_400)
  /// How long an attempt under a bare priority cannot be preempted.
  package static let bareProtection = Duration.seconds(60)
  /// Changes of one queued deployment at the same time: how often one that another overtook is
  /// tried again.
  package static let attemptsPerUpdate = 5

  // Priority classes.
  package static let priorityClasses = 64
  package static let priorityClassNameBytes = 1...64
  package static let protection = Duration.zero...Duration.seconds(366 * 86_400)

  // The cache of principals and rules.
  package static let cachedPrincipals = 10_000
  /// How long a principal or a rule is believed without asking the store again.
  package static let accessCacheLifetime = Duration.seconds(5)
}
