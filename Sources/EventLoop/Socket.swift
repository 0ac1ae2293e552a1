internal import CLinux
internal import Glibc

/// TCP sockets, all non-blocking and closed on exec. The caller owns the descriptors it gets.
package enum Socket {
  /// A listening socket. With `reusePort` several loops listen on one port and share what comes.
  package static func listen(
    _ address: SocketAddress, reusePort: Bool = true, backlog: Int32 = 4096
  ) throws(EventLoopError) -> Int32 {
    let descriptor = try make(address)
    setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    if reusePort { setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
    let bound = address.withSockaddr { bind(descriptor, $0, $1) }
    guard bound == 0 else { throw closing(descriptor, "bind") }
    guard Glibc.listen(descriptor, backlog) == 0 else { throw closing(descriptor, "listen") }
    return descriptor
  }

  /// The next connection, or nil if none waits. EMFILE and its like are thrown.
  package static func accept(
    _ listener: Int32
  ) throws(EventLoopError) -> (descriptor: Int32, address: SocketAddress)? {
    while true {
      var storage = sockaddr_storage()
      var length = UInt32(MemoryLayout<sockaddr_storage>.size)
      let descriptor = berth_accept4(
        listener, &storage, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
      if descriptor >= 0 {
        guard let address = SocketAddress(storage) else {
          close(descriptor)
          continue
        }
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return (descriptor, address)
      }
      switch errno {
      case EAGAIN: return nil
      // The peer was gone before it was accepted; or a signal came.
      case ECONNABORTED, EINTR, EPROTO: continue
      default: throw .last("accept4")
      }
    }
  }

  /// Begins to connect. Writable means decided: `pendingError` tells how.
  package static func connect(_ address: SocketAddress) throws(EventLoopError) -> Int32 {
    let descriptor = try make(address)
    setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    let result = address.withSockaddr { Glibc.connect(descriptor, $0, $1) }
    if result != 0, errno != EINPROGRESS { throw closing(descriptor, "connect") }
    return descriptor
  }

  /// The outcome of a connect that is decided: nil is success.
  package static func pendingError(_ descriptor: Int32) -> EventLoopError? {
    var code: Int32 = 0
    var length = socklen_t(4)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
      return .last("getsockopt")
    }
    return code == 0 ? nil : EventLoopError(call: "connect", code: code)
  }

  /// The address that a socket is bound to.
  package static func localAddress(_ descriptor: Int32) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length)
      }
    }
    return result == 0 ? SocketAddress(storage) : nil
  }

  /// Sends what the kernel keeps of a TCP socket because more was to follow.
  package static func sendNow(_ descriptor: Int32) {
    setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
  }

  /// Gives a descriptor back to the system.
  package static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  private static func make(_ address: SocketAddress) throws(EventLoopError) -> Int32 {
    let descriptor = socket(
      address.isIPv6 ? AF_INET6 : AF_INET,
      Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .last("socket") }
    return descriptor
  }

  private static func setOption(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32
  ) {
    var value = value
    // Refused only for a descriptor that is no socket.
    _ = setsockopt(descriptor, level, name, &value, 4)
  }

  private static func closing(_ descriptor: Int32, _ call: String) -> EventLoopError {
    let error = EventLoopError.last(call)
    close(descriptor)
    return error
  }
}
