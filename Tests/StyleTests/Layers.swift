/// The architecture as a table: which of our targets may depend on which.
enum Layers {
  /// Libraries and what they may see of ours; programs compose and are not held here.
  static let arrows: [String: Set<String>] = [
    "Wire": [],
    "Domain": [],
    "Simulation": ["Domain"],
    "EventLoop": ["CLinux"],
    "Cryptography": ["COpenSSL"],
    "Messages": ["CMessages", "CProtobuf"],
    "Transport": ["Wire", "EventLoop", "Cryptography"],
    "Tokens": ["Domain"],
    "PostgresStore": ["Domain", "EventLoop", "Cryptography", "CPostgres"],
    "RedisLease": ["Domain", "EventLoop", "CHiredis"],
    "Descriptors": ["Wire"],
    "RPCServer": ["Transport", "EventLoop", "Wire", "Messages", "Descriptors", "Cryptography"],
    "ControlPlane": ["RPCServer", "Domain", "Messages", "Wire"],
    "RPCClient": ["Transport", "EventLoop", "Wire", "Messages", "Cryptography"],
    "ContainerEngine": [],
    "Agent": ["ContainerEngine", "RPCClient", "Messages", "Wire"],
    "Telemetry": ["Wire"],
    "Gateway": ["RPCClient", "Messages", "Descriptors", "Wire"],
    "Console": ["Gateway", "RPCClient", "Messages", "Wire"],
    "Exposition": ["RPCClient", "Messages", "Wire"],
    "TestSupport": [],
  ]

  /// Each C library and the one target that imports it. The tests of `Messages` let protobuf-c pack
  /// what it writes itself.
  static let cLibraries: [String: Set<String>] = [
    "COpenSSL": ["Cryptography"],
    "CPostgres": ["PostgresStore"],
    "CHiredis": ["RedisLease"],
    "CProtobuf": ["Messages", "MessagesTests"],
    "CMessages": ["Messages"],
    "CLinux": ["EventLoop"],
  ]

  /// Targets on the way of every call: they need no more than the standard library and the
  /// platform.
  static let withoutFoundation: Set<String> = [
    "EventLoop", "Wire", "Domain", "Transport", "Cryptography", "PostgresStore", "RedisLease",
    "RPCServer", "ControlPlane", "Descriptors", "Simulation",
  ]

  static let domainImports: Set<String> = [
    "Synchronization", "DequeModule", "HeapModule", "Collections", "OrderedCollections",
  ]

  /// Modules that come with the toolchain.
  static let platform: Set<String> = [
    "Swift", "Foundation", "FoundationEssentials", "FoundationNetworking", "Glibc", "Musl",
    "Dispatch",
    "Synchronization", "Testing", "XCTest", "_Concurrency", "RegexBuilder",
  ]
}
