import Messages
import Testing

struct JSONTests {
  @Test("64-bit integers are strings out, and strings or numbers in")
  func int64Extremes() throws {
    for value in [Int64.max, .min, 0, -1, 1 << 53, 1 << 53 + 1] {
      let resources = Resources(memoryBytes: value)
      if value != 0 { #expect(resources.jsonString() == #"{"memoryBytes":"\#(value)"}"#) }
      #expect(try Resources(jsonString: #"{"memoryBytes":"\#(value)"}"#) == resources)
      #expect(try Resources(jsonString: #"{"memory_bytes": \#(value)}"#) == resources)
    }
    #expect(try Resources(jsonString: #"{"cpuMillis": 1e3}"#).cpuMillis == 1000)
    #expect(try Resources(jsonString: #"{"cpuMillis": 5.0}"#).cpuMillis == 5)
  }

  @Test(
    "integers that are none, or do not fit, are refused",
    arguments: [
      "9223372036854775808", "\"9223372036854775808\"", "1.5", "\"\"", "\"12 \"", "\"+5\"", "true",
      "1e30", "[]", "\"0x10\"", "\"NaN\"",
    ])
  func badIntegers(text: String) {
    let error = #expect(throws: MessageError.self) {
      _ = try CreateClusterRequest(jsonString: #"{"capacity":{"memoryBytes":\#(text)}}"#)
    }
    #expect(error?.field == "capacity.memory_bytes")
  }

  @Test("an unknown field is refused by its name, wherever it is")
  func unknownField() {
    expectError(
      CreateUserRequest.self, #"{"userName":"x"}"#, "userName",
      "is not a field of berth.v1.CreateUserRequest")
    expectError(
      CreateClusterRequest.self, #"{"capacity":{"cpus":1}}"#, "capacity.cpus",
      "is not a field of berth.v1.Resources")
    expectError(
      VersionRequest.self, #"{"x":null}"#, "x", "is not a field of berth.v1.VersionRequest")
  }

  @Test("both spellings of a name are taken, and null is the default")
  func spellings() throws {
    let request = try CreateDeploymentRequest(
      jsonString: #"""
        { "organization_id": "o", "clusterId": "c", "name": null, "command": null, "env": null,
          "resources": null, "gpuModels": ["A100"] }
        """#)
    #expect(
      request == CreateDeploymentRequest(organizationID: "o", clusterID: "c", gpuModels: ["A100"]))
  }

  @Test("the type of a value is checked and the error names it")
  func wrongTypes() {
    expectError(
      CreateUserRequest.self, #"{"username":5}"#, "username", "must be a string, not a number")
    expectError(
      CreateDeploymentRequest.self, #"{"command":"serve"}"#, "command",
      "must be an array, not a string")
    expectError(
      CreateDeploymentRequest.self, #"{"command":["a",null]}"#, "command[1]",
      "must be a string, not null")
    expectError(
      CreateDeploymentRequest.self, #"{"env":{"A":1}}"#, "env[\"A\"]",
      "must be a string, not a number")
    expectError(
      WatchDeploymentsRequest.self, #"{"includeCurrent":"true"}"#, "include_current",
      "must be true or false, not a string")
    expectError(
      ListDeploymentsRequest.self, #"{"states":["QUEUED"]}"#, "states[0]",
      "is not a name of berth.v1.DeploymentState: QUEUED")
    expectError(
      CreateUserRequest.self, #"{"username":"a\u0000"}"#, "username", "holds a NUL character")
    expectError(
      AgentMessage.self, #"{"heartbeat":{},"hello":{}}"#, "hello",
      "excludes another field that is there too")
    expectError(
      CreateUserRequest.self, "[]", "",
      "must be an object (berth.v1.CreateUserRequest), not an array")
  }

  @Test("bytes are base64 in both alphabets, padded or not")
  func base64() throws {
    for text in ["//79", "__79"] {
      #expect(
        try AgentMessage.LogChunk(jsonString: #"{"data":"\#(text)"}"#).data == [255, 254, 253])
    }
    for text in ["/w==", "/w", "_w"] {
      #expect(try AgentMessage.LogChunk(jsonString: #"{"data":"\#(text)"}"#).data == [255])
    }
    for text in ["/", "/x==", "====", "/w=", "a b=", "é"] {
      #expect(throws: MessageError.self, "\(text)") {
        _ = try AgentMessage.LogChunk(jsonString: #"{"data":"\#(text)"}"#)
      }
    }
  }

  @Test(
    "times are RFC 3339",
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0), ("2026-02-28T23:59:59.25Z", 1_772_323_199, 250_000_000),
      ("2024-02-29T12:00:00+02:00", 1_709_200_800, 0),
      ("1969-12-31T19:00:00-05:00", 0, 0), ("1900-03-01T00:00:00Z", -2_203_891_200, 0),
    ])
  func times(text: String, seconds: Int64, nanos: Int32) throws {
    let organization = try Organization(jsonString: #"{"createdAt":"\#(text)"}"#)
    let time = Timestamp(seconds: seconds, nanos: nanos)
    #expect(organization.createdAt == time)
    #expect(try Organization(jsonString: organization.jsonString()) == organization)
  }

  @Test(
    "what is no time is refused",
    arguments: [
      "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
      "2026-01-01T24:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00", "2026-01-01",
      "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "0000-12-31T23:59:59Z",
      "9999-12-31T23:59:59-01:00", "26-01-01T00:00:00Z", "", "2026-01-01T00:00:60Z",
    ])
  func badTimes(text: String) {
    let error = #expect(throws: MessageError.self) {
      _ = try Organization(jsonString: #"{"createdAt":"\#(text)"}"#)
    }
    #expect(error?.field == "created_at")
  }

  @Test("a time that no peer should send is printed without a crash")
  func strangeTimes() {
    for seconds in [Int64.min, .max, -62_135_596_801, 253_402_300_800] {
      for nanos in [Int32.min, -1, .max] {
        #expect(Timestamp(seconds: seconds, nanos: nanos).description.hasSuffix("Z"))
        #expect(ProtobufDuration(seconds: seconds, nanos: nanos).description.hasSuffix("s"))
        _ = Timestamp(seconds: seconds, nanos: nanos).microseconds
        _ = Duration(ProtobufDuration(seconds: seconds, nanos: nanos))
      }
    }
  }

  @Test("times and spans convert without loss")
  func conversions() {
    #expect(Timestamp(microseconds: -1) == Timestamp(seconds: -1, nanos: 999_999_000))
    for value in [0, 1, -1, 1_772_323_199_250_001, -1_000_000, Int64.max, .min] {
      #expect(Timestamp(microseconds: value).microseconds == value)
    }
    for duration in [Duration.zero, .milliseconds(1500), .nanoseconds(-1), .seconds(-90)] {
      #expect(Duration(ProtobufDuration(duration)) == duration)
    }
    #expect(ProtobufDuration(.seconds(Int64.max)).isValid)
    #expect(ProtobufDuration(text: "1.5s") == ProtobufDuration(seconds: 1, nanos: 500_000_000))
    for text in ["1.5", "s", "1.s", "--1s", "315576000001s", "9999999999999s", "+1s"] {
      #expect(ProtobufDuration(text: text) == nil, "\(text)")
    }
  }

  @Test("text that is not JSON is refused with its place")
  func syntax() {
    expectError(
      User.self, "{\n  \"id\" 5}", "", "is not JSON: expected ':' at line 2, column 8")
    let broken = [
      "", "{", "{}x", "{\"id\":}", "{\"id\":\"a}", "{\"id\":\"\\x\"}", "{\"id\":\"\\ud800\"}",
      "{\"id\":\"\\ud800\\u0041\"}", "{\"id\":\"\n\"}", "{,}", "{\"id\":\"a\",}", "{'id':1}", "nul",
      "{\"id\":\"\\u12\"}",
    ]
    for text in broken {
      #expect(throws: MessageError.self, "\(text)") { _ = try User(jsonString: text) }
    }
    for number in ["01", "-", "1.", ".5", "1e", "+1", "0x1"] {
      #expect(throws: MessageError.self, "\(number)") {
        _ = try Resources(jsonString: "{\"cpuMillis\":\(number)}")
      }
    }
    #expect(throws: Never.self) {
      let user = try User(jsonString: #"{"id":"\ud83d\ude00\u00e9\/\b"}"#)
      #expect(user.id == "😀é/\u{8}")
    }
  }

  @Test("nesting is bounded")
  func depth() {
    let deep = String(repeating: "[", count: 100_000)
    expectError(User.self, deep, "", "nests deeper than 64")
    expectError(User.self, String(repeating: "{\"a\":", count: 65), "", "nests deeper than 64")
  }

  @Test("pretty text keeps the fields' order and prints defaults when asked")
  func pretty() {
    let user = User(id: "u", superAdmin: true)
    #expect(
      user.jsonString(JSONOptions(isPretty: true)) == """
        {
          "id": "u",
          "superAdmin": true
        }
        """)
    #expect(
      user.jsonString(JSONOptions(includesDefaults: true))
        == #"{"id":"u","username":"","displayName":"","superAdmin":true}"#)
    let empty = ListUsersResponse()
    #expect(
      empty.jsonString(JSONOptions(includesDefaults: true, isPretty: true)) == """
        {
          "users": [],
          "nextPageToken": ""
        }
        """)
  }

  @Test("random text ends in a value or an error", arguments: 1...5 as ClosedRange<UInt64>)
  func mutations(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array(#"{}[]",:0123456789.eE+-\utrfalsn "#.utf8)
    var refused = 0
    for _ in 0..<300 {
      var text = Array(MessageSample(of: Deployment.self, &random).json.utf8)
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        text[Int.random(in: 0..<text.count, using: &random)] = alphabet.randomElement(
          using: &random)!
      }
      if (try? Deployment(jsonString: String(decoding: text, as: UTF8.self))) == nil {
        refused += 1
      }
    }
    #expect(refused > 0, "seed \(seed)")
  }

  private func expectError<M: Message>(
    _: M.Type, _ text: String, _ field: String, _ problem: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: MessageError.self, sourceLocation: sourceLocation) {
      _ = try M(jsonString: text)
    }
    #expect(error == MessageError(field: field, problem: problem), sourceLocation: sourceLocation)
  }
}
