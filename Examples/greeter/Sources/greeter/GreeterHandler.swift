import RPCServer

struct GreeterHandler: GreeterServiceHandler {
  func sayHello(_ guest: Guest, context: CallContext) async throws(RPCStatus) -> Greeting {
    guard !guest.name.isEmpty else { throw RPCStatus(.invalidArgument, "who is to be greeted?") }
    return Greeting(text: "Hello, \(guest.name)!", timeLeft: context.remaining.map { .init($0) })
  }

  func sayHellos(
    _ party: Party, responses: ResponseWriter<Greeting>, context: CallContext
  ) async throws(RPCStatus) {
    for guest in party.guests {
      try await responses.write(sayHello(guest, context: context))
    }
  }
}
