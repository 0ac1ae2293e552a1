import Messages

/// A method of a router, ready to be made runnable on a loop.
struct MethodRegistration: Sendable {
  let method: MethodDescriptor
  let makeRunner: @Sendable (ServerLoop) -> MethodRunner
}
