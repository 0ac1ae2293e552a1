internal import Glibc

/// Where a TCP peer is: an IPv4 or IPv6 address and a port.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  private enum Family: Hashable {
    case ipv4(UInt32)
    case ipv6(UInt64, UInt64, scope: UInt32)
  }

  private let family: Family
  package let port: UInt16

  var isIPv6: Bool {
    if case .ipv6 = family { return true }
    return false
  }

  /// The address as one opaque value without the port, for counting connections per address.
  package var host: String {
    switch family {
    case .ipv4(let address):
      return (0..<4).map { String((address >> (24 - $0 * 8)) & 255) }.joined(separator: ".")
    case .ipv6:
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
      return withSockaddr { address, _ in
        address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          var bytes = $0.pointee.sin6_addr
          inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
          return String(
            decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
      }
    }
  }

  package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The loopback address 127.0.0.1.
  package static func loopback(port: UInt16) -> SocketAddress {
    SocketAddress(family: .ipv4(0x7f00_0001), port: port)
  }

  /// The same address with another port.
  package func with(port: UInt16) -> SocketAddress { SocketAddress(family: family, port: port) }

  private init(family: Family, port: UInt16) {
    self.family = family
    self.port = port
  }

  /// Nil for a family other than IPv4 and IPv6.
  init?(_ storage: sockaddr_storage) {
    var storage = storage
    switch Int32(storage.ss_family) {
    case AF_INET:
      let address = withUnsafePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee }
      }
      family = .ipv4(UInt32(bigEndian: address.sin_addr.s_addr))
      port = UInt16(bigEndian: address.sin_port)
    case AF_INET6:
      let address = withUnsafePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee }
      }
      let halves = withUnsafeBytes(of: address.sin6_addr) {
        ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      }
      family = .ipv6(halves.0, halves.1, scope: address.sin6_scope_id)
      port = UInt16(bigEndian: address.sin6_port)
    default:
      return nil
    }
  }

  /// Lends the address in the kernel's form.
  func withSockaddr<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    switch family {
    case .ipv4(let value):
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = value.bigEndian
      return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    case .ipv6(let high, let low, let scope):
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &address.sin6_addr) {
        $0.storeBytes(of: high, as: UInt64.self)
        $0.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
      }
      return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
  }
}

/// A host name could not be resolved.
package struct ResolutionError: Error, Sendable, CustomStringConvertible {
  package let description: String
}

extension SocketAddress {
  /// Most addresses of one name that are used.
  private static let addressLimit = 64

  /// Every address of a host name or literal. Blocks: call it on a `BlockingPool`.
  package static func resolve(host: String, port: UInt16) throws(ResolutionError)
    -> [SocketAddress]
  {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, String(port), &hints, &list)
    guard result == 0 else {
      throw ResolutionError(description: "\(host): \(String(cString: gai_strerror(result)))")
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next, addresses.count < addressLimit {
      var storage = sockaddr_storage()
      memcpy(
        &storage, entry.pointee.ai_addr,
        min(Int(entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size))
      if let address = SocketAddress(storage) { addresses.append(address) }
      next = entry.pointee.ai_next
    }
    return addresses
  }
}
