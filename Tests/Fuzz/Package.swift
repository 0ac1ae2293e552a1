// swift-tools-version: 6.2
import PackageDescription

/// The fuzz targets, which `make fuzz` builds with Clang's libFuzzer from a folder where `Sources`
/// and `Tests` are the checkout's. A package of their own: everything in it is instrumented, and
/// building Berth never builds it.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// libFuzzer brings `main`.
let fuzzed: [SwiftSetting] = settings + [.unsafeFlags(["-parse-as-library"])]

let collections: [Target.Dependency] = [
  .product(name: "DequeModule", package: "swift-collections"),
  .product(name: "HeapModule", package: "swift-collections"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: settings)
}

let package = Package(
  name: "berth-fuzz",
  products: [
    .executable(name: "fuzz-frames", targets: ["fuzz-frames"]),
    .executable(name: "fuzz-connection", targets: ["fuzz-connection"]),
    .executable(name: "fuzz-messages", targets: ["fuzz-messages"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", path: "Sources/CLibraries/COpenSSL", pkgConfig: "openssl"),
    .systemLibrary(
      name: "CProtobuf", path: "Sources/CLibraries/CProtobuf", pkgConfig: "libprotobuf-c"),
    .target(
      name: "CMessages", dependencies: ["CProtobuf"], path: "Sources/CLibraries/CMessages"),
    .target(name: "CLinux", path: "Sources/CLibraries/CLinux"),
    library("EventLoop", ["CLinux"] + collections),
    library("Wire"),
    library("Cryptography", ["COpenSSL"]),
    library("Transport", ["Wire", "EventLoop", "Cryptography"] + collections),
    library("Messages", ["CMessages", "CProtobuf"]),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .executableTarget(
      name: "fuzz-frames", dependencies: ["Wire"], path: "Tests/Fuzz/Frames",
      swiftSettings: fuzzed),
    // The reference server and the stage that plays frames to a real one are those of the tests.
    .executableTarget(
      name: "fuzz-connection",
      dependencies: ["Transport", "Wire", "EventLoop", "Cryptography", "TestSupport"],
      path: "Tests", sources: ["Fuzz/Connection", "TransportTests/Model"], swiftSettings: fuzzed),
    .executableTarget(
      name: "fuzz-messages", dependencies: ["Messages"], path: "Tests",
      sources: ["Fuzz/Messages", "MessagesTests/AllMessages.swift"], swiftSettings: fuzzed),
  ],
  swiftLanguageModes: [.v6]
)
