import HTTPTypes
import Messages
import RPCClient
import Wire

extension Endpoint {
  static let organizations: [Endpoint] = [
    createOrganization, joinOrganization, listOrganizations, listOrganizationUsers,
  ]

  private static let createOrganization = Endpoint(
    method: .post, path: "/organization/create_organization",
    summary: "Creates an organization; the caller becomes its admin.",
    input: [.required("name", .text, "1 to 128 characters, unique.")],
    output: .object([
      OutputField("id", .text("")), OutputField("name", .text("")),
      OutputField("invite_code", .text("Lets others join as developers; shown this once.")),
    ])
  ) { call async throws(EndpointError) in
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.organizations.createOrganization(
        CreateOrganizationRequest(name: call.input.text("name")), options: options)
    }
    let organization = try call.require(answer.organization)
    return [
      "id": .string(organization.id), "name": .string(organization.name),
      "invite_code": .string(answer.inviteCode),
    ]
  }

  private static let joinOrganization = Endpoint(
    method: .post, path: "/organization/join_organization",
    summary: "Enrolls the caller, and nobody else: a user_id is ignored.",
    input: [.required("invite_code", .text, "")],
    output: .object([
      OutputField("message", .text("What was done.")), OutputField("organization_id", .text("")),
    ])
  ) { call async throws(EndpointError) in
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.organizations.joinOrganization(
        JoinOrganizationRequest(inviteCode: call.input.text("invite_code")), options: options)
    }
    let organization = try call.require(answer.organization)
    return [
      "message": .string("joined \(organization.name) as \(answer.role)"),
      "organization_id": .string(organization.id),
    ]
  }

  private static let listOrganizations = Endpoint(
    method: .get, path: "/organization/list_organizations",
    summary: "The caller's own organizations, by name.", input: EndpointCall.optionalPageFields,
    output: .list(.record("Organization", Records.organizationFields))
  ) { call async throws(EndpointError) in
    let organizations = try await call.page(always: false) { page async throws(RPCStatus) in
      let answer = try await call.organizations.listOrganizations(
        ListOrganizationsRequest(page: page), options: call.options)
      return (answer.organizations, answer.nextPageToken)
    }
    return .array(organizations.map { .object(Records.organization($0)) })
  }

  private static let listOrganizationUsers = Endpoint(
    method: .get, path: "/organization/list_organization_users",
    summary: "The members of an organization.",
    input: [.required("organization_id", .text, "")] + EndpointCall.optionalPageFields,
    output: .list(.record("Membership", Records.memberFields))
  ) { call async throws(EndpointError) in
    let members = try await call.page(always: false) { page async throws(RPCStatus) in
      let answer = try await call.organizations.listMembers(
        ListMembersRequest(organizationID: call.input.text("organization_id"), page: page),
        options: call.options)
      return (answer.members, answer.nextPageToken)
    }
    return .array(members.map { .object(Records.member($0)) })
  }
}
