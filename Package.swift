// swift-tools-version: 6.2
import PackageDescription

/// Every target is compiled with the same language rules; a warning is an error.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: excludes[name] ?? [], swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], exclude: excludes[name] ?? [],
    swiftSettings: settings)
}

func cModule(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let excludes: [String: [String]] = [
  "MessagesTests": ["Protos"], "PostgresStore": ["Migrations", "Statements"],
  "SimulationTests": ["Fixtures"], "Gateway": ["Assets"], "Console": ["Assets"],
]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(
  name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let collections: [Target.Dependency] = [
  .product(name: "DequeModule", package: "swift-collections"),
  .product(name: "HeapModule", package: "swift-collections"),
]

let package = Package(
  name: "berth",
  products: [
    .library(name: "Messages", targets: ["Messages"]),
    .library(name: "RPCClient", targets: ["RPCClient"]),
    .library(name: "RPCServer", targets: ["RPCServer"]),
    .executable(name: "berthd", targets: ["berthd"]),
    .executable(name: "berth", targets: ["berth"]),
    .executable(name: "berth-agent", targets: ["berth-agent"]),
    .executable(name: "berth-console", targets: ["berth-console"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1",
      traits: ["FullFoundation"]),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
  ],
  targets: [
    cModule("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    cModule("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
    cModule("CHiredis", pkgConfig: "hiredis", apt: "libhiredis-dev"),
    cModule("CProtobuf", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
    .target(
      name: "CMessages", dependencies: ["CProtobuf"], path: "Sources/CLibraries/CMessages"),
    .target(name: "CLinux", path: "Sources/CLibraries/CLinux"),

    library("EventLoop", ["CLinux"] + collections),
    library("Wire"),
    library("Cryptography", ["COpenSSL"]),
    library("Transport", ["Wire", "EventLoop", "Cryptography"] + collections),
    library("Messages", ["CMessages", "CProtobuf"]),
    library("Descriptors", ["Wire"]),
    library("Domain", collections),
    library("Simulation", ["Domain"] + collections),
    library("Tokens", ["Domain", .product(name: "JWTKit", package: "jwt-kit")]),
    library("PostgresStore", ["Domain", "EventLoop", "Cryptography", "CPostgres"] + collections),
    library("RedisLease", ["Domain", "EventLoop", "CHiredis"] + collections),
    library(
      "RPCServer",
      [
        "Transport", "EventLoop", "Wire", "Messages", "Descriptors", "Cryptography", logging,
      ] + collections),
    library("ControlPlane", ["RPCServer", "Domain", "Messages", "Wire"]),
    library(
      "RPCClient", ["Transport", "EventLoop", "Wire", "Messages", "Cryptography"] + collections),
    library(
      "ContainerEngine",
      [
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), logging,
      ]),
    library("Agent", ["ContainerEngine", "RPCClient", "Messages", "Wire", logging]),

    library(
      "Telemetry",
      [
        "Wire", .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"), logging,
      ]),
    library(
      "Gateway",
      [
        "RPCClient", "Messages", "Descriptors", "Wire", hummingbird, httpTypes, logging, lifecycle,
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    library(
      "Console",
      [
        "Gateway", "RPCClient", "Messages", "Wire", hummingbird, logging, lifecycle, httpTypes,
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    library("Exposition", ["RPCClient", "Messages", "Wire", logging]),

    program(
      "berthd",
      [
        "RPCServer", "ControlPlane", "RPCClient", "PostgresStore", "RedisLease", "Tokens",
        "Cryptography", "Domain", "EventLoop", "Transport", "Wire", "Messages", "Telemetry",
        argumentParser, logging, lifecycle, signals,
      ]),
    program(
      "berth",
      [
        "RPCClient", "Messages", "Wire", "Descriptors", "Simulation", "Telemetry", argumentParser,
        logging,
      ]),
    program(
      "berth-agent",
      [
        "Agent", "ContainerEngine", "RPCClient", "Telemetry", "Wire", argumentParser, logging,
        lifecycle, signals,
      ]),
    program(
      "berth-console",
      [
        "Console", "Gateway", "Exposition", "RPCClient", "Telemetry", "Wire", argumentParser,
        logging, lifecycle, signals, hummingbird, httpTypes,
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    // Drives the scheduler's engine and its store, which no library publishes.
    .executableTarget(
      name: "bench-scheduler",
      dependencies: ["Domain", "PostgresStore", "EventLoop", argumentParser],
      path: "Benchmarks/Sources/bench-scheduler", swiftSettings: settings),

    .target(
      name: "TestSupport", path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(
      name: "CInterop", dependencies: ["CProtobuf"], path: "Tests/CInterop"),
    .target(
      name: "CTLSPeer", dependencies: ["COpenSSL"], path: "Tests/CTLSPeer"),
    .target(name: "CKinds", dependencies: ["CProtobuf"], path: "Tests/CKinds"),
    tests("EventLoopTests", ["EventLoop"]),
    tests("WireTests", ["Wire"]),
    tests("CryptographyTests", ["Cryptography"]),
    tests("TransportTests", ["Transport", "EventLoop", "Wire", "Cryptography", "CTLSPeer"]),
    tests("MessagesTests", ["Messages", "CKinds", "CProtobuf"]),
    tests("DescriptorTests", ["Descriptors", "Messages"]),
    tests("DomainTests", ["Domain"]),
    tests("SimulationTests", ["Simulation", "Domain"]),
    tests(
      "TelemetryTests",
      [
        "Telemetry", "Wire", logging, .product(name: "NIOCore", package: "swift-nio"),
      ]),
    tests("TokensTests", ["Tokens", "Domain", .product(name: "JWTKit", package: "jwt-kit")]),
    tests(
      "StoreConformanceTests",
      ["PostgresStore", "RedisLease", "ControlPlane", "Messages", "Domain", "EventLoop"]),
    tests(
      "RPCTests",
      [
        "RPCServer", "ControlPlane", "RPCClient", "Transport", "EventLoop", "Wire", "Messages",
        "Descriptors", "Cryptography", "CInterop", "Domain", logging,
      ]),
    tests(
      "AgentTests",
      [
        "Agent", "ContainerEngine", "Messages", logging,
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ]),
    tests(
      "ConsoleTests",
      [
        "Console", "Gateway", "RPCClient", "Messages", "Wire", hummingbird, httpTypes,
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    tests(
      "EndToEndTests",
      [
        "RPCClient", "Messages", "Wire", "berthd", "berth", "berth-agent", "berth-console",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    tests("ExpositionTests", ["Exposition", "RPCClient"]),
    tests(
      "GatewayTests",
      [
        "Gateway", "RPCClient", "Messages", "Wire", hummingbird, httpTypes,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
      ]),
    // Builds and runs Examples/, which are packages of their own.
    tests("ExampleTests", []),
    tests("StyleTests", []),
  ],
  swiftLanguageModes: [.v6]
)
