import Cryptography
import EventLoop
import Glibc
import TestSupport
import Testing

@testable import Transport

/// In a process of its own: the limit of descriptors is the whole process's.
@Suite struct DescriptorTests {
  @Test func `without a descriptor left, connections are closed instead of left waiting`() async {
    await #expect(processExitsWith: .success) {
      let server = try await TestServer.start()
      let sockets = (0..<12).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
      try #require(sockets.allSatisfy { $0 >= 0 })
      // The server may accept three more; the rest come in through its reserve and are closed.
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let usual = limit
      // Every gap is filled first: what is free is then known exactly.
      var fillers: [Int32] = []
      repeat { fillers.append(open("/dev/null", O_RDONLY)) } while fillers[fillers.count - 1] < 200
      limit.rlim_cur = rlim_t(fillers[fillers.count - 1] + 1)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      for _ in 0..<3 { close(fillers.removeLast()) }
      for descriptor in sockets { try DescriptorTests.connect(descriptor, to: server) }
      // On the loop's timers: those of the system's own sleep want a descriptor of their own.
      // Closed, not waiting: each of the nine reads its end.
      var questions = 0
      while DescriptorTests.ended(sockets) < 9, questions < 5_000 {
        questions += 1
        try await server.loop.sleep(for: .milliseconds(2))
      }
      #expect(DescriptorTests.ended(sockets) == 9)
      #expect(server.log.refused.filter { $0 == .descriptors }.count >= 9)
      #expect(server.census.count.connections == 3)
      limit = usual
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      for descriptor in sockets + fillers { close(descriptor) }
      let client = try await TestClient.connect(to: server)
      #expect(client.log.settled)
      await client.stop()
      await server.stop()
    }
  }

  static func connect(_ descriptor: Int32, to server: TestServer) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = server.address.port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0)
  }

  /// How many of these sockets the other end has closed.
  static func ended(_ sockets: [Int32]) -> Int {
    var ended = 0
    for descriptor in sockets {
      var byte: UInt8 = 0
      let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
      if count == 0 || (count < 0 && errno == ECONNRESET) { ended += 1 }
    }
    return ended
  }
}
