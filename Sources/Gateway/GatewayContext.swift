package import Hummingbird
import NIOCore

/// What goes with one HTTP request through the gateway and the console.
package struct GatewayContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The caller's own id of the request, or one that was made for it.
  package var requestID = ""

  /// Bytes of the largest request body that is read: the RPC's own bound, and JSON's overhead.
  package var maxUploadSize: Int { GatewayLimits.bodyBytes }

  /// Whether the connection comes from this machine.
  package let isFromThisMachine: Bool

  package init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    isFromThisMachine = source.channel.remoteAddress?.isLoopback ?? false
  }
}

extension SocketAddress {
  /// 127.0.0.0/8, also as an address of IPv6, ::1, and sockets in the file system.
  fileprivate var isLoopback: Bool {
    guard let text = ipAddress else { return true }
    let address = text.hasPrefix("::ffff:") ? String(text.dropFirst("::ffff:".count)) : text
    return address == "::1" || address.hasPrefix("127.")
  }
}
