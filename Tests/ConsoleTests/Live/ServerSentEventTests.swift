import Console
import Testing

/// Events as the HTML standard has them.
struct ServerSentEventTests {
  @Test func `an event has its name, id and data, and ends with an empty line`() {
    let event = ServerSentEvent(name: "changes", id: "1-2", data: "{}")
    #expect(event.encoded == "event: changes\nid: 1-2\ndata: {}\n\n")
    #expect(ServerSentEvent(name: "end", data: "").encoded == "event: end\ndata: \n\n")
  }

  @Test(arguments: ["a\nb", "a\r\nb", "a\rb"])
  func `a line break in the data begins no other field`(data: String) {
    #expect(ServerSentEvent(name: "n", data: data).encoded == "event: n\ndata: a\ndata: b\n\n")
  }

  @Test func `a line break in name or id begins no other field`() {
    let event = ServerSentEvent(name: "a\nid: 9", id: "1\r\ndata: x\0", data: "d")
    #expect(event.encoded == "event: aid: 9\nid: 1data: x\ndata: d\n\n")
  }

  @Test func `a heartbeat is a comment`() {
    #expect(ServerSentEvent.heartbeat.hasPrefix(":"))
    #expect(ServerSentEvent.heartbeat.hasSuffix("\n\n"))
    #expect(ServerSentEvent.retry(.seconds(2)) == "retry: 2000\n\n")
  }

  @Test(arguments: [
    ("plain", #""plain""#), (#"a"b\c"#, #""a\"b\\c""#), ("a\nb\u{1}", #""a\nb\u0001""#),
    ("ü 🚢", #""ü 🚢""#), ("</script>", #""</script>""#),
  ])
  func `a string is JSON text`(text: String, json: String) {
    #expect(JSONText.quoted(text) == json)
  }
}
