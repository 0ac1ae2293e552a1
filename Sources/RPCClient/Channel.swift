import Cryptography
import EventLoop
import Transport
@_spi(Frames) public import Wire

/// The way to one or more servers that are alike: keeps connections open, makes them anew when they
/// are lost, and carries any number of calls at a time. Generated clients are made of one. May be
/// used from anywhere.
///
/// `close()` ends it in order; a channel that is let go without that ends at once, when the last
/// stream of responses is gone too.
public final class Channel: Sendable {
  let core: ChannelCore
  let budget = RetryBudget()

  /// A channel that connects with its first call. Throws INVALID_ARGUMENT for a target that is
  /// none, FAILED_PRECONDITION for certificate files that cannot be used.
  public init(to target: String, options: ChannelOptions = ChannelOptions()) throws(RPCStatus) {
    let parsed = try Target(target)
    let loop = if let loop = options.loop { loop } else { try ClientRuntime.loop() }
    var limits = TransportLimits()
    limits.messageBytes = max(options.messageBytes, WireLimits.floorMessageBytes)
    limits.handshakeTimeout = options.connectTimeout
    limits.keepaliveInterval = options.keepalive
    core = ChannelCore(
      target: parsed, options: options, loop: loop,
      context: TransportContext(loop: loop, tls: try Self.tls(options), limits: limits))
  }

  deinit {
    let core = core
    core.loop.execute { core.close(grace: .zero, nil) }
  }

  /// Connects; returns when there is a connection. Throws UNAVAILABLE, with the reason, when none
  /// can be made now. With `ChannelOptions.waitForReady` it does not wait.
  public static func connect(
    to target: String, options: ChannelOptions = ChannelOptions()
  ) async throws(RPCStatus) -> Channel {
    let channel = try Channel(to: target, options: options)
    if options.waitForReady { return channel }
    if let failure = await FirstOutcome().run(channel.core) {
      await channel.close(grace: .zero)
      throw failure
    }
    return channel
  }

  /// Where it connects to.
  public var target: Target { core.target }

  /// Whether there is a connection now.
  public var state: ChannelState { core.board.current }

  /// The state as it changes, beginning with what it is.
  public var states: ChannelStates { ChannelStates(core.board) }

  /// Takes no more calls, lets those under way end within `grace`, cancels the rest, and returns
  /// when the connections are closed.
  public func close(grace: Duration = .seconds(5)) async {
    let core = core
    await withUnsafeContinuation { continuation in
      core.onLoop { core.close(grace: grace, continuation) }
    }
  }

  private static func tls(_ options: ChannelOptions) throws(RPCStatus) -> TLSContext {
    let authority: String?
    switch options.trust {
    case .system: authority = nil
    case .certificateAuthority(let path): authority = path
    }
    do throws(TLSError) {
      return try TLSContext.client(
        authority: authority, certificateChain: options.clientCertificate?.chainPath,
        privateKey: options.clientCertificate?.privateKeyPath)
    } catch {
      throw RPCStatus(.failedPrecondition, "cannot use TLS: \(error)")
    }
  }
}
