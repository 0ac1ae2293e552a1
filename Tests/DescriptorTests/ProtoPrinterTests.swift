import Descriptors
import Foundation
import Messages
import TestSupport
import Testing

struct ProtoPrinterTests {
  private static let protoc = "/usr/bin/protoc"

  /// A .proto that uses what is printed of the language.
  private static let everything = """
    syntax = "proto3";
    package shop.v1;
    import "google/protobuf/timestamp.proto";
    import "shop/v1/other.proto";
    import "money/money.proto";

    // Sells things.
    service Shop {
      // Takes an order.
      rpc Order(stream OrderRequest) returns (stream .shop.v1.OrderRequest.Receipt) {
        option deprecated = true;
        option idempotency_level = IDEMPOTENT;
      }
      rpc Look(OrderRequest) returns (Other) { option idempotency_level = NO_SIDE_EFFECTS; }
      rpc Idle(Unused) returns (Unused);
    }

    message OrderRequest {
      option deprecated = true;
      reserved 4, 9 to 11, 1000 to max;
      reserved "old", "older";
      enum Kind { option allow_alias = true; NONE = 0; BIG = 1; HUGE = 1; NEG = -5; reserved -3, 7 to max; }
      message Receipt { string text = 1; message Line { int32 n = 1; } repeated Line lines = 2; }
      // Hides the package's.
      message Other { bool hidden = 1; }
      string name = 1;  // who asks
      optional int64 count = 2;
      repeated sint32 sizes = 3 [packed = false];
      map<string, Receipt> by_name = 5;
      map<int32, shop.v1.Colour> colours = 6;
      oneof payment {
        money.Money cash = 7;
        string card = 8 [deprecated = true, json_name = "cardNumber"];
      }
      Kind kind = 12;
      Other near = 13;
      shop.v1.Other far = 14;
      google.protobuf.Timestamp at = 15;
      bytes raw = 16;
      double x = 17; float y = 18; uint32 a = 19; uint64 b = 20; fixed32 c = 21; fixed64 d = 22;
      sfixed32 e = 23; sfixed64 f = 24; bool g = 25; sint64 h = 26; int32 i = 27;
    }

    message Unused {}
    enum Colour { COLOUR_UNSPECIFIED = 0; RED = 1 [deprecated = true]; }
    """

  private static let old = """
    syntax = "proto2";
    package old.v1;
    message Thing {
      required string name = 1 [default = "a \\"b\\"\\n"];
      optional bytes raw = 2 [default = "\\001x"];
      optional int32 n = 3 [default = -7];
      repeated Kind kinds = 4 [packed = true];
      optional Kind kind = 5 [default = B];
      extensions 100 to 199;
      enum Kind { A = 1; B = 2; }
    }
    """

  private static let sources = [
    "shop/v1/shop.proto": everything,
    "shop/v1/other.proto": """
    syntax = "proto3";
    package shop.v1;
    message Other { string id = 1; }
    """,
    "money/money.proto": """
    syntax = "proto3";
    package money;
    message Money { int64 units = 1; }
    """,
    "old/v1/old.proto": old,
  ]

  /// The descriptor set that protoc makes of the files in `folder`.
  private static func index(_ folder: String, _ files: [String]) async throws -> DescriptorIndex {
    let output = folder + "/set.binpb"
    let outcome = try await ChildProcess.run(
      protoc,
      [
        "-I\(folder)", "--include_imports", "--include_source_info",
        "--descriptor_set_out=\(output)",
      ] + files)
    try #require(outcome.exit == .exited(0), "\(outcome)")
    return DescriptorIndex(
      try DescriptorSet.files(Array(Data(contentsOf: URL(fileURLWithPath: output)))))
  }

  private static func write(_ files: [String: String], to folder: String) throws {
    for (name, text) in files {
      let url = URL(fileURLWithPath: folder + "/" + name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
  }

  @Test(
    "protoc takes what is printed, and prints the same again",
    .enabled(if: FileManager.default.isExecutableFile(atPath: protoc)),
    arguments: [
      "shop.v1.Shop", "shop.v1.Shop/Order", "shop.v1.Shop.Look", "shop.v1.OrderRequest",
      "shop.v1.OrderRequest.Receipt.Line", "shop.v1.Colour", "money.Money", "old.v1.Thing",
    ])
  func roundTrip(symbol: String) async throws {
    let folder = try TemporaryFolder()
    try Self.write(Self.sources, to: folder.path)
    let index = try await Self.index(folder.path, Self.sources.keys.sorted())
    let source = try ProtoPrinter.source(of: symbol, in: index)
    // What it imports, and nothing of the files that it is made from.
    let second = try TemporaryFolder()
    try Self.write(
      ["excerpt.proto": source, "money/money.proto": Self.sources["money/money.proto"]!],
      to: second.path)
    let again = try await Self.index(second.path, ["excerpt.proto"])
    #expect(try ProtoPrinter.source(of: symbol, in: again) == source)
  }

  @Test(
    "every service of this project is printed so that protoc takes it",
    .enabled(if: FileManager.default.isExecutableFile(atPath: protoc)),
    arguments: Services.all.map(\.name))
  func ownServices(name: String) async throws {
    let service = try #require(Services.all.first { $0.name == name })
    let file = try #require(service.file)
    let index = DescriptorIndex(
      try file.closure.map { try Proto.File(decoding: $0.descriptor) })
    let source = try ProtoPrinter.source(of: name, in: index)
    for method in service.methods { #expect(source.contains("rpc \(method.name)(")) }
    let folder = try TemporaryFolder()
    try Self.write(["excerpt.proto": source], to: folder.path)
    let again = try await Self.index(folder.path, ["excerpt.proto"])
    #expect(try ProtoPrinter.source(of: name, in: again) == source)
  }

  @Test(
    "the source reads as it was written, comments too",
    .enabled(if: FileManager.default.isExecutableFile(atPath: protoc)))
  func text() async throws {
    let folder = try TemporaryFolder()
    try Self.write(Self.sources, to: folder.path)
    let index = try await Self.index(folder.path, Self.sources.keys.sorted())
    #expect(
      try ProtoPrinter.source(of: "shop.v1.Shop/Look", in: index).hasPrefix(
        """
        syntax = "proto3";
        package shop.v1;

        import "google/protobuf/timestamp.proto";
        import "money/money.proto";

        // Sells things.
        service Shop {
          rpc Look(OrderRequest) returns (Other) {
            option idempotency_level = NO_SIDE_EFFECTS;
          }
        }

        message OrderRequest {
          option deprecated = true;

        """))
    let source = try ProtoPrinter.source(of: "shop.v1.OrderRequest", in: index)
    for line in [
      "string name = 1;  // who asks", "optional int64 count = 2;",
      "repeated sint32 sizes = 3 [packed = false];", "map<string, Receipt> by_name = 5;",
      "map<int32, Colour> colours = 6;", "oneof payment {", "Money cash = 7;",
      "Other near = 13;", "v1.Other far = 14;", "reserved 4, 9 to 11, 1000 to max;",
      #"reserved "old", "older";"#, "reserved -3, 7 to max;", "// Hides the package's.",
    ] {
      #expect(source.contains(line), "\(line)")
    }
    #expect(!source.contains("Unused"))
  }

  @Test func `an unknown symbol is an error, and so is a descriptor that is none`() throws {
    let index = DescriptorIndex([Proto.File()])
    #expect(throws: DescriptorError.unknown("a.B")) {
      try ProtoPrinter.source(of: "a.B", in: index)
    }
    let hostile: [[UInt8]] = [
      [0x0a], [0x0a, 0x05, 0x61], [0xff, 0xff, 0xff], [0x0a, 0x01, 0xff], [0x08, 0x01],
      // A name that would write to the terminal.
      [0x0a, 0x02, 0x1b, 0x5b],
      // A oneof that there is not.
      [0x0a, 0x01, 0x61, 0x22, 0x0a, 0x0a, 0x01, 0x4d, 0x12, 0x05, 0x0a, 0x01, 0x66, 0x48, 0x07],
    ]
    for bytes in hostile {
      #expect(throws: DescriptorError.self, "\(bytes)") { try Proto.File(decoding: bytes) }
    }
    var nested: [UInt8] = [0x0a, 0x01, 0x4d]
    for _ in 0..<40 {
      nested = [0x0a, 0x01, 0x4d, 0x1a] + Self.varint(nested.count) + nested
    }
    let deep = [0x0a, 0x01, 0x61, 0x22] + Self.varint(nested.count) + nested
    #expect(throws: DescriptorError.malformed("messages nest too deeply")) {
      try Proto.File(decoding: deep)
    }
  }

  private static func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
  }

  @Test func `random bytes and cut-off descriptors never trap`() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(state: seed)
    let whole = ProtoFile.berthV1Deployments.descriptor
    for length in stride(from: 0, to: whole.count, by: 97) {
      _ = try? Proto.File(decoding: Array(whole.prefix(length)))
    }
    for _ in 0..<2_000 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      guard let file = try? Proto.File(decoding: bytes) else { continue }
      let index = DescriptorIndex([file])
      for service in file.services {
        _ = try? ProtoPrinter.source(of: "\(file.package).\(service.name)", in: index)
      }
    }
    print("seed \(seed)")
  }
}

private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

/// A google.protobuf.FileDescriptorSet: field 1, files.
private enum DescriptorSet {
  static func files(_ bytes: [UInt8]) throws -> [Proto.File] {
    var files: [Proto.File] = []
    var rest = bytes[...]
    while rest.popFirst() == 0x0a {
      var (count, shift) = (0, 0)
      while let byte = rest.popFirst() {
        count |= Int(byte & 0x7f) << shift
        shift += 7
        if byte < 0x80 { break }
      }
      files.append(try Proto.File(decoding: Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    }
    return files
  }
}
