// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "greeter",
  dependencies: [.package(name: "berth", path: "../..")],
  targets: [
    // Generated: what protoc-c makes of Protos/.
    .target(name: "CGreeter", dependencies: [.product(name: "Messages", package: "berth")]),
    .executableTarget(
      name: "greeter",
      dependencies: [
        "CGreeter",
        .product(name: "Messages", package: "berth"),
        .product(name: "RPCClient", package: "berth"),
        .product(name: "RPCServer", package: "berth"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "GreeterTests",
      dependencies: [
        "greeter",
        .product(name: "RPCClient", package: "berth"),
        .product(name: "RPCServer", package: "berth"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ]
)
