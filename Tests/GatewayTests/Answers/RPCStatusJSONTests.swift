import HTTPTypes
import Hummingbird
import Messages
import Testing
import Wire

@testable import Gateway

struct RPCStatusJSONTests {
  @Test(arguments: [
    (StatusCode.ok, 200), (.cancelled, 499), (.unknown, 500), (.invalidArgument, 400),
    (.deadlineExceeded, 504), (.notFound, 404), (.alreadyExists, 409), (.permissionDenied, 403),
    (.resourceExhausted, 429), (.failedPrecondition, 400), (.aborted, 409), (.outOfRange, 400),
    (.unimplemented, 501), (.internal, 500), (.unavailable, 503), (.dataLoss, 500),
    (.unauthenticated, 401),
  ])
  func `a code has the HTTP status of google.rpc`(code: StatusCode, status: Int) {
    #expect(HTTPResponse.Status(code).code == status)
  }

  @Test func `details keep what they say`() {
    let status = RPCStatus(
      .resourceExhausted, "full \"up\"",
      details: [
        .badRequest([FieldViolation(field: "name", description: "is required")]),
        .retryInfo(delay: .milliseconds(1_500)),
        .quotaFailure([QuotaViolation(subject: "s", description: "d")]),
        .errorInfo(reason: "R", domain: "berth", metadata: ["b": "2", "a": "1"]),
        .unknown(type: "x.Y", bytes: [1, 2, 255]),
      ])
    #expect(
      status.json.text() == """
        {"code":"RESOURCE_EXHAUSTED","message":"full \\"up\\"","details":[\
        {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"name",\
        "description":"is required"}]},\
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.500s"},\
        {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"subject":"s",\
        "description":"d"}]},\
        {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"R","domain":"berth",\
        "metadata":{"a":"1","b":"2"}},\
        {"@type":"type.googleapis.com/x.Y","value":"AQL/"}]}
        """)
  }

  @Test func `a delay to wait is told in whole seconds, rounded up`() {
    let error = RPCStatus(.unavailable, "", details: [.retryInfo(delay: .milliseconds(1_200))])
    #expect(HTTPFields(of: error)[.retryAfter] == "2")
    #expect(HTTPFields(of: RPCStatus(.unauthenticated))[.wwwAuthenticate] == "Bearer")
  }
}
