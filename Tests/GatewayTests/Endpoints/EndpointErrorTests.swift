import HTTPTypes
import Hummingbird
import Testing
import Wire

@testable import Gateway

struct EndpointErrorTests {
  @Test func `a violation of an RPC names the older field and counts in its unit`() {
    let problem = OlderNames.problem(
      FieldViolation(field: "capacity.memory_bytes", description: "must be 1 to 1099511627776"),
      place: "body")
    #expect(problem.location == ["body", "ram_size"])
    #expect(problem.message == "must be 0.000000001 to 1024")
    let other = OlderNames.problem(
      FieldViolation(field: "name", description: "must be 1 to 64 of a-z"), place: "body")
    #expect(other.location == ["body", "name"])
    #expect(other.message == "must be 1 to 64 of a-z")
  }

  @Test(arguments: [
    (StatusCode.invalidArgument, 400), (.alreadyExists, 400), (.unauthenticated, 401),
    (.permissionDenied, 403), (.notFound, 404), (.failedPrecondition, 409), (.aborted, 409),
    (.resourceExhausted, 429), (.unavailable, 503), (.deadlineExceeded, 504), (.internal, 500),
  ])
  func `a status has its HTTP status`(code: StatusCode, status: Int) {
    let response = EndpointError.status(RPCStatus(code, "words")).response(place: "body")
    #expect(Int(response.status.code) == status)
  }

  @Test func `violations are field errors`() {
    let error = RPCStatus(
      .invalidArgument, "", details: [.badRequest([FieldViolation(field: "a", description: "b")])])
    let response = EndpointError.status(error).response(place: "body")
    #expect(response.status == .unprocessableContent)
  }
}
