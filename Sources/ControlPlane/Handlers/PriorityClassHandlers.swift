package import Domain
package import Messages
package import RPCServer
package import Wire

/// `berth.v1.PriorityClassService` over the domain's priority classes.
package struct PriorityClassHandlers: PriorityClassServiceHandler {
  private let classes: PriorityClasses

  package init(_ classes: PriorityClasses) { self.classes = classes }

  package func listPriorityClasses(
    _ request: ListPriorityClassesRequest, context: CallContext
  ) async throws(RPCStatus) -> ListPriorityClassesResponse {
    let all = try await context.granted { grant async throws(DomainError) in
      try await classes.list(grant)
    }
    return ListPriorityClassesResponse(priorityClasses: all.map(Messages.PriorityClass.init))
  }

  package func putPriorityClass(
    _ request: PutPriorityClassRequest, context: CallContext
  ) async throws(RPCStatus) -> PutPriorityClassResponse {
    let one = try await context.granted { grant async throws(DomainError) in
      try await classes.put(
        grant, name: request.name, priority: Int(request.priority), preempts: request.preempts,
        protection: request.protection.map { Duration($0) })
    }
    return PutPriorityClassResponse(priorityClass: Messages.PriorityClass(one))
  }

  package func deletePriorityClass(
    _ request: DeletePriorityClassRequest, context: CallContext
  ) async throws(RPCStatus) -> DeletePriorityClassResponse {
    try await context.granted { grant async throws(DomainError) in
      try await classes.remove(grant, name: request.name)
    }
    return DeletePriorityClassResponse()
  }
}

extension Messages.PriorityClass {
  fileprivate init(_ one: Domain.PriorityClass) {
    self.init(
      name: one.name, priority: Int32(clamping: one.priority), preempts: one.preempts,
      protection: ProtobufDuration(one.protection), updatedAt: Timestamp(one.updatedAt))
  }
}
