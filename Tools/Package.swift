// swift-tools-version: 6.2
import PackageDescription

/// The same language rules as Berth itself.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// What `make generate` runs. A package of its own, so that building Berth never builds
/// SwiftProtobuf. Build it by product (`--product protoc-gen-berth`): the whole package would
/// compile protoc as well.
let package = Package(
  name: "berth-tools",
  products: [.executable(name: "protoc-gen-berth", targets: ["protoc-gen-berth"])],
  dependencies: [.package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0")],
  targets: [
    .executableTarget(
      name: "protoc-gen-berth",
      dependencies: [
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "SwiftProtobufPluginLibrary", package: "swift-protobuf"),
      ],
      swiftSettings: settings)
  ],
  swiftLanguageModes: [.v6]
)
