// swift-tools-version: 6.2
import PackageDescription

/// The same language rules as Berth itself.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// What `make bench` and `make bench-rpc` run. A package of its own: it uses Berth as any program
/// would, by the public libraries, and building Berth never builds it. Each benchmark is built by
/// its product's name, so that one does not wait for what another needs.
let package = Package(
  name: "berth-benchmarks",
  products: [
    .executable(name: "create-to-running", targets: ["create-to-running"]),
    .executable(name: "bench-server", targets: ["bench-server"]),
  ],
  dependencies: [
    .package(name: "berth", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .executableTarget(
      name: "create-to-running",
      dependencies: [
        .product(name: "RPCClient", package: "berth"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // protoc-c's output for Protos/bench.proto; the library brings protobuf-c's module.
    .target(name: "CBenchMessages", dependencies: [.product(name: "Messages", package: "berth")]),
    .target(
      name: "BenchMessages",
      dependencies: ["CBenchMessages", .product(name: "Messages", package: "berth")],
      swiftSettings: settings),
    .executableTarget(
      name: "bench-server",
      dependencies: [
        "BenchMessages",
        .product(name: "RPCServer", package: "berth"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
