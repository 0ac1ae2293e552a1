import Testing

@testable import ContainerEngine

@Suite struct DockerPartsTests {
  @Test(arguments: [
    ("model", "model", "latest"), ("team/model:3", "team/model", "3"),
    ("host:5000/team/model", "host:5000/team/model", "latest"),
    ("host:5000/model:v1.2", "host:5000/model", "v1.2"),
    ("model@sha256:abcd", "model", "sha256:abcd"),
  ])
  func `an image's name is cut into what a pull needs`(text: String, name: String, tag: String) {
    let reference = ImageReference(text)
    #expect(reference.name == name)
    #expect(reference.tag == tag)
  }

  @Test func `addresses of engines are read, and bad ones say what is wrong`() throws {
    #expect(
      try DockerAddress("unix:///var/run/docker.sock").base
        == "http+unix://%2Fvar%2Frun%2Fdocker%2Esock")
    #expect(try DockerAddress("tcp://10.0.0.7:2375").base == "http://10.0.0.7:2375")
    #expect(try DockerAddress("http://[::1]:2375/").base == "http://[::1]:2375")
    for bad in [
      "", "docker.sock", "unix://relative", "tcp://host", "tcp://:1", "tcp://h:99999", "ssh://h",
      "tcp://h:1/path", "unix:///" + String(repeating: "x", count: 120),
    ] {
      #expect(throws: EngineError.self) { try DockerAddress(bad) }
    }
  }

  @Test func `interface versions are ordered by number, not by letters`() {
    #expect(InterfaceVersion("1.9")! < InterfaceVersion("1.41")!)
    #expect(InterfaceVersion("2.0")! > InterfaceVersion("1.99")!)
    #expect(InterfaceVersion("1") == nil && InterfaceVersion("a.b") == nil)
  }

  @Test func `a date of the engine becomes seconds`() {
    #expect(DockerEngine.seconds(fromDate: "Mon, 23 Nov 2026 19:36:08 GMT") == 1_795_462_568)
    #expect(DockerEngine.seconds(fromDate: "yesterday") == nil)
  }

  @Test(arguments: [
    ("manifest for x:1 not found: manifest unknown", UInt(500), EngineError.Code.imageNotFound),
    ("pull access denied for x, repository does not exist", 404, .imageNotFound),
    ("Get \"https://r/v2/\": dial tcp: lookup r: no such host", 500, .failed),
    ("net/http: TLS handshake timeout", 500, .failed),
  ])
  func `a failed pull is final only where the registry said no`(
    message: String, status: UInt, code: EngineError.Code
  ) {
    let error = DockerEngine.pullFailure("x:1", message, status: status)
    #expect(error.code == code)
    #expect(error.isRetryable == (code == .failed))
    #expect(error.message.contains("x:1"))
  }

  @Test func `lines are cut at their ends, whatever the pieces`() throws {
    let bytes = Array("one\ntwo\r\n\nthree".utf8)
    for size in 1...bytes.count {
      var splitter = LineSplitter()
      var lines: [String] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        let piece = bytes[start..<min(start + size, bytes.count)]
        lines += try splitter.feed(piece).map { String(decoding: $0, as: UTF8.self) }
      }
      #expect(lines == ["one", "two"])
      #expect(splitter.finish() == Array("three".utf8))
      #expect(splitter.finish() == nil)
    }
  }

  @Test func `an endless line is refused`() {
    var splitter = LineSplitter()
    let bytes = [UInt8](repeating: 65, count: EngineLimits.streamLineBytes + 1)
    #expect(throws: EngineError.self) { try splitter.feed(bytes) }
  }
}
