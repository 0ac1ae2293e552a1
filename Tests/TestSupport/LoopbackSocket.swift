import Glibc

/// Blocking TCP sockets on 127.0.0.1.
package enum LoopbackSocket {
  /// Listens on a free port.
  ///
  /// - Parameter receiveBytes: of the accepted sockets' receive buffers; nil: as the system sizes
  ///   them.
  package static func listen(
    backlog: Int32, receiveBytes: Int32? = nil
  ) throws(SystemCallError) -> (descriptor: Int32, port: Int) {
    let descriptor = try make()
    setReceiveBytes(receiveBytes, of: descriptor)
    var port = 0
    let isListening = withAddress(port: 0) { address, length in
      var length = length
      guard bind(descriptor, address, length) == 0,
        getsockname(descriptor, address, &length) == 0
      else { return false }
      port = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        Int(UInt16(bigEndian: $0.pointee.sin_port))
      }
      return Glibc.listen(descriptor, backlog) == 0
    }
    guard isListening else {
      let error = SystemCallError("listen")
      close(descriptor)
      throw error
    }
    return (descriptor, port)
  }

  /// - Parameter receiveBytes: of the socket's receive buffer; nil: as the system sizes it.
  package static func connect(
    port: Int, receiveBytes: Int32? = nil
  ) throws(SystemCallError) -> Int32 {
    let descriptor = try make()
    setReceiveBytes(receiveBytes, of: descriptor)
    let isConnected = withAddress(port: port) { address, length in
      Glibc.connect(descriptor, address, length) == 0
    }
    guard isConnected else {
      let error = SystemCallError("connect")
      close(descriptor)
      throw error
    }
    return descriptor
  }

  /// Closes so that the peer sees a reset, not an orderly end.
  static func reset(_ descriptor: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close(descriptor)
  }

  private static func setReceiveBytes(_ bytes: Int32?, of descriptor: Int32) {
    guard var bytes else { return }
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func make() throws(SystemCallError) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_INET, kind, 0)
    guard descriptor >= 0 else { throw SystemCallError("socket") }
    return descriptor
  }

  private static func withAddress(
    port: Int, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Bool
  ) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
