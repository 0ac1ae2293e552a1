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

/// What `make bench` runs. A package of its own: it uses Berth as any program would, by the public
/// client library, and building Berth never builds it.
let package = Package(
  name: "berth-benchmarks",
  dependencies: [
    .package(name: "berth", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "create-to-running",
      dependencies: [
        .product(name: "RPCClient", package: "berth"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings)
  ],
  swiftLanguageModes: [.v6]
)
