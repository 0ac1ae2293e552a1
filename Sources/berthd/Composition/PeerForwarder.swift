import ControlPlane
import Domain
import Messages
import RPCClient
import RPCServer
import Synchronization
import Telemetry
import Wire

/// Reaches the other replicas through the client library; one channel an address.
final class PeerForwarder: LogForwarder {
  /// Replicas that are known at a time; past it all channels are let go and made anew.
  private static let channelLimit = 64

  private let caPath: String?
  /// What this replica shows where the others ask for certificates.
  private let certificate: ChannelOptions.ClientCertificate?
  private let interceptors: [any ClientInterceptor]
  private let channels = Mutex<[String: Channel]>([:])

  init(
    caPath: String?, certificate: ChannelOptions.ClientCertificate?,
    interceptors: [any ClientInterceptor]
  ) {
    self.caPath = caPath
    self.certificate = certificate
    self.interceptors = interceptors
  }

  /// Where clients must show a certificate, this replica shows the others its own.
  convenience init(_ configuration: Configuration, spans: SpanExport?) {
    let tls = configuration.tls
    self.init(
      caPath: configuration.peerCAPath,
      certificate: tls.clientCAPath.map { _ in
        ChannelOptions.ClientCertificate(
          chainPath: tls.certificatePath, privateKeyPath: tls.keyPath)
      },
      interceptors: spans.map {
        [TracingInterceptor(into: $0.exporter.queue, sampler: $0.exporter.sampler)]
      } ?? [])
  }

  func forward(
    _ request: LogsRequest, to location: AgentLocation, context: CallContext,
    into responses: ResponseWriter<LogsResponse>
  ) async throws(RPCStatus) {
    guard let bearer = context.bearer else {
      throw RPCStatus(.unauthenticated, "the call has no token to pass on")
    }
    var options = CallOptions(deadline: context.remaining, token: bearer)
    options.metadata.append("1", for: LogForwarding.mark)
    let answers = DeploymentServiceClient(try channel(to: location.address)).logs(
      request, options: options)
    for try await answer in answers { try await responses.write(answer) }
  }

  private func channel(to address: String) throws(RPCStatus) -> Channel {
    if let known = channels.withLock({ $0[address] }) { return known }
    var options = ChannelOptions(
      trust: caPath.map { .certificateAuthority(path: $0) } ?? .system,
      clientCertificate: certificate)
    options.interceptors = interceptors
    let made = try Channel(to: address, options: options)
    return channels.withLock { channels in
      if let known = channels[address] { return known }
      if channels.count >= Self.channelLimit { channels = [:] }
      channels[address] = made
      return made
    }
  }

  func close() async {
    let all = channels.withLock { channels in
      defer { channels = [:] }
      return Array(channels.values)
    }
    for channel in all { await channel.close(grace: .zero) }
  }
}
