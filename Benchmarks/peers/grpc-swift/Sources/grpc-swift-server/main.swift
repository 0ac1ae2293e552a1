import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOPosix

// usage: grpc-swift-server PORT; PEER_CERT and PEER_KEY name PEM files. One event loop.

let environment = ProcessInfo.processInfo.environment
guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]),
  let certificate = environment["PEER_CERT"], let key = environment["PEER_KEY"]
else { fatalError("usage: PEER_CERT=FILE PEER_KEY=FILE grpc-swift-server PORT") }

let transport = HTTP2ServerTransport.Posix(
  address: .ipv4(host: "127.0.0.1", port: port),
  transportSecurity: .tls(
    certificateChain: [.file(path: certificate, format: .pem)],
    privateKey: .file(path: key, format: .pem)),
  config: .defaults {
    $0.http2.maxConcurrentStreams = 1_000
    $0.rpc.maxRequestPayloadSize = 8 << 20
  },
  eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1))
try await GRPCServer(transport: transport, services: [BenchService()]).serve()
