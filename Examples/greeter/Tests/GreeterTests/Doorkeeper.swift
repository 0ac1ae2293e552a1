import RPCServer

/// Lets in the calls that bring a word as their bearer token.
struct Doorkeeper: ServerInterceptor {
  let word: String

  func begin(_ call: CallContext) -> Admission {
    call.bearer == word ? .proceed : .reject(RPCStatus(.unauthenticated, "what is the word?"))
  }
}
