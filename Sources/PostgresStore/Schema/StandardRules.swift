internal import Domain

/// The rules that a new database starts with, as policies: a named set of methods with an audience.
struct StandardRules: Sendable {
  struct Policy: Sendable, Hashable, Comparable {
    let name: String
    let audience: String
    /// Of audience "roles".
    let roles: [String]
    let description: String

    static func < (a: Policy, b: Policy) -> Bool { a.name < b.name }
  }

  /// By name.
  let policies: [Policy]
  /// Method and name of its policy, by method.
  let resources: [(method: String, policy: String)]

  init(_ rules: [String: AccessRule]) {
    let policies = rules.mapValues(Self.policy)
    self.policies = Set(policies.values).sorted()
    resources = policies.map { ($0.key, $0.value.name) }.sorted { $0.0 < $1.0 }
  }

  private static func policy(of rule: AccessRule) -> Policy {
    switch rule {
    case .anyone:
      Policy(name: "public", audience: "anyone", roles: [], description: "without credentials")
    case .authenticated:
      Policy(
        name: "own", audience: "authenticated", roles: [],
        description: "everyone with credentials, for what is theirs")
    case .superAdmin:
      Policy(
        name: "operate", audience: "super_admin", roles: [], description: "the whole installation")
    case .agent:
      Policy(name: "agent", audience: "agent", roles: [], description: "a cluster's agent")
    case .roles(let roles): policy(of: roles)
    }
  }

  private static func policy(of roles: Set<Role>) -> Policy {
    let names = roles.map(\.rawValue).sorted()
    let known: [Set<Role>: (String, String)] = [
      [.admin]: ("administer", "change an organization, its members and clusters"),
      [.admin, .developer]: ("deploy", "change deployments"),
      [.admin, .developer, .viewer]: ("view", "see what an organization has"),
    ]
    let (name, description) = known[roles] ?? (names.joined(separator: "-or-"), "")
    return Policy(name: name, audience: "roles", roles: names, description: description)
  }
}

extension StandardRules {
  /// Adds what is missing and changes nothing that is there: operators may have changed it.
  func add(to database: PostgresDatabase) async throws(DomainError) {
    var roleOf: [(policy: String, role: String)] = []
    for policy in policies { roleOf += policy.roles.map { (policy.name, $0) } }
    let pairs = roleOf
    _ = try await database.write(
      .addRules,
      Parameters {
        $0.add(policies.map(\.name))
        $0.add(policies.map(\.audience))
        $0.add(policies.map(\.description))
        $0.add(pairs.map(\.policy))
        $0.add(pairs.map(\.role))
        $0.add(resources.map(\.method))
        $0.add(resources.map(\.policy))
      })
  }
}

extension Statement {
  /// A policy that was there keeps its roles. The foreign keys are checked at the end of the
  /// statement.
  fileprivate static let addRules = Statement(
    "add_rules",
    """
    WITH made AS (
      INSERT INTO policies (name, audience, description)
      SELECT p.name, p.audience, p.description
      FROM unnest($1::text[], $2::text[], $3::text[]) AS p (name, audience, description)
      ORDER BY p.name COLLATE "C"
      ON CONFLICT ON CONSTRAINT policies_name_unique DO NOTHING RETURNING name
    ), granted AS (
      INSERT INTO role_policies (policy, role)
      SELECT g.policy, g.role FROM unnest($4::text[], $5::text[]) AS g (policy, role)
      WHERE EXISTS (SELECT FROM made m WHERE m.name = g.policy)
      ORDER BY g.policy COLLATE "C", g.role COLLATE "C"
      ON CONFLICT ON CONSTRAINT role_policies_unique DO NOTHING
    )
    INSERT INTO resources (method, policy)
    SELECT r.method, r.policy FROM unnest($6::text[], $7::text[]) AS r (method, policy)
    ORDER BY r.method COLLATE "C"
    ON CONFLICT ON CONSTRAINT resources_method_unique DO NOTHING
    """)
}
