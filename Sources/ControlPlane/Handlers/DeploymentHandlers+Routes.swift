internal import Messages
package import RPCServer
internal import Wire

extension DeploymentHandlers {
  /// Makes `router` call these handlers for every method of the service.
  package func register(in router: inout Router) {
    typealias Methods = DeploymentServiceMethods
    router.unary(Methods.createDeployment) { request, context async throws(RPCStatus) in
      try await createDeployment(request, context: context)
    }
    router.unary(Methods.getDeployment) { request, context async throws(RPCStatus) in
      try await getDeployment(request, context: context)
    }
    router.unary(Methods.listDeployments) { request, context async throws(RPCStatus) in
      try await listDeployments(request, context: context)
    }
    router.unary(Methods.cancelDeployment) { request, context async throws(RPCStatus) in
      try await cancelDeployment(request, context: context)
    }
    router.unary(Methods.completeDeployment) { request, context async throws(RPCStatus) in
      try await completeDeployment(request, context: context)
    }
    router.unary(Methods.updateDeployment) { request, context async throws(RPCStatus) in
      try await updateDeployment(request, context: context)
    }
    router.unary(Methods.listDeploymentEvents) { request, context async throws(RPCStatus) in
      try await listDeploymentEvents(request, context: context)
    }
    router.unary(Methods.explainDeployment) { request, context async throws(RPCStatus) in
      try await explainDeployment(request, context: context)
    }
    router.unary(Methods.simulateDeployment) { request, context async throws(RPCStatus) in
      try await simulateDeployment(request, context: context)
    }
    router.serverStreaming(Methods.watchDeployments) {
      request, responses, context async throws(RPCStatus) in
      try await watchDeployments(request, responses: responses, context: context)
    }
    router.serverStreaming(Methods.logs) { request, responses, context async throws(RPCStatus) in
      try await logs(request, responses: responses, context: context)
    }
  }
}
