import Messages
import Testing

@testable import Gateway

struct EndpointInputTests {
  private static let fields: [InputField] = [
    .required("name", .text, ""), .required("cpu_size", .amount(.cores), ""),
    .optional("page", .integer(1...10), ""), .optional("since", .time, ""),
    .optional("state", .choice(["queued", "running"]), ""), .optional("ids", .texts, ""),
  ]

  private func read(body: String = "", query: String = "") throws -> EndpointInput {
    var given = GivenMembers()
    try given.add(body: body)
    try given.add(query: query)
    return try EndpointInput(given.members, fields: Self.fields, place: "body")
  }

  private func problems(body: String = "", query: String = "") throws -> [FieldProblem] {
    do {
      _ = try read(body: body, query: query)
      return []
    } catch EndpointError.fields(let problems) {
      return problems
    }
  }

  @Test func `fields of a body are read by their kinds, others ignored`() throws {
    let input = try read(
      body: """
        {"name": "n", "cpu_size": 1.5, "page": 3, "since": "2026-01-31", "state": "RUNNING",
         "ids": ["a", "b"], "color": {"deep": [1]}}
        """)
    #expect(input.text("name") == "n")
    #expect(input.amount("cpu_size") == 1_500)
    #expect(input.integer("page") == 3)
    #expect(input.time("since") == 1_769_817_600_000_000)
    #expect(input.text("state") == "running")
    #expect(input.texts("ids") == ["a", "b"])
    #expect(!input.has("color"))
  }

  @Test func `fields of a query are read the same, decoded`() throws {
    let input = try read(query: "name=a%20b+c&cpu_size=2&page=3&ids=a,b&state=queued")
    #expect(input.text("name") == "a b c")
    #expect(input.amount("cpu_size") == 2_000)
    #expect(input.integer("page") == 3)
    #expect(input.texts("ids") == ["a", "b"])
  }

  @Test(arguments: [
    ("{\"name\": \"n\", \"filters\": {\"cpu_size\": 4}}", ""),
    ("{\"name\": \"n\"}", "filters=%7B%22cpu_size%22%3A4%7D"),
    ("{\"name\": \"n\"}", "filters[cpu_size]=4"), ("{\"name\": \"n\"}", "filters%5Bcpu_size%5D=4"),
    ("{\"name\": \"n\", \"filters\": \"{\\\"cpu_size\\\": 4}\"}", ""),
    ("{\"name\": \"n\", \"cpu_size\": 3}", "cpu_size=4"),
  ])
  func `filters are read wherever callers put them`(body: String, query: String) throws {
    #expect(try read(body: body, query: query).amount("cpu_size") == 4_000)
  }

  @Test func `every problem is told at once`() throws {
    let found = try problems(
      body: "{\"cpu_size\": -1, \"page\": 11, \"since\": \"soon\", \"state\": \"odd\", \"ids\": 4}")
    #expect(found.map(\.location.last) == ["name", "cpu_size", "page", "since", "state", "ids"])
    #expect(
      found.map(\.type) == [
        "missing", "value_error", "value_error", "datetime_parsing", "enum", "list_type",
      ])
  }

  @Test(arguments: [
    ("\"cpu_size\": \"four\"", "float_parsing"), ("\"cpu_size\": \"NaN\"", "float_parsing"),
    ("\"cpu_size\": true", "float_type"), ("\"cpu_size\": null", "float_type"),
    ("\"cpu_size\": [1]", "float_type"), ("\"cpu_size\": 1e400", "value_error"),
    ("\"cpu_size\": 1, \"page\": 1.5", "int_parsing"),
    ("\"cpu_size\": 1, \"page\": 99999999999999999999", "int_parsing"),
    ("\"cpu_size\": 1, \"state\": 4", "string_type"),
    ("\"cpu_size\": 1, \"since\": \"a\\u0000\"", "value_error"),
    ("\"cpu_size\": 1, \"ids\": [\"a\", 4]", "string_type"),
  ])
  func `a value of the wrong kind is told`(members: String, type: String) throws {
    let found = try problems(body: "{\"name\": \"n\", \(members)}")
    #expect(found.map(\.type) == [type])
  }

  @Test func `an optional null is as if it were left out`() throws {
    let input = try read(body: "{\"name\": \"n\", \"cpu_size\": 1, \"page\": null}")
    #expect(!input.has("page"))
  }

  @Test(arguments: [
    "{", "[]", "4", "{\"name\": NaN}", "{\"name\": \"n\",}",
    String(repeating: "[", count: 100_000),
    "{\"a\": " + String(repeating: "[", count: 200) + "}",
  ])
  func `a body that is no JSON object is told`(body: String) throws {
    let found = try problems(body: body)
    #expect(found.count == 1)
    #expect(["json_invalid", "model_attributes_type"].contains(found.first?.type))
  }

  @Test(arguments: ["name=%FF", "%ZZ=1", "filters=[1]", "filters={"])
  func `a query that cannot be read is told`(query: String) throws {
    #expect(try problems(query: query).count == 1)
  }

  @Test func `fields are bounded`() throws {
    let query = (0...GatewayLimits.inputMembers).map { "a\($0)=1" }.joined(separator: "&")
    #expect(try problems(query: query).map(\.type) == ["too_long"])
    let ids = (0...GatewayLimits.completedDeployments).map { "\"\($0)\"" }.joined(separator: ",")
    #expect(
      try problems(body: "{\"name\": \"n\", \"cpu_size\": 1, \"ids\": [\(ids)]}").map(\.type)
        == ["too_long"])
  }
}
