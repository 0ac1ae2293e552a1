import Messages
import Testing

@testable import berth

/// What `berth logs -f` leaves out when its stream was opened again.
struct LogPositionTests {
  private static func piece(
    _ text: String, _ stream: LogsResponse.Stream = .stdout, attempt: Int32 = 1
  ) -> LogsResponse {
    LogsResponse(stream: stream, data: Array(text.utf8), attempt: attempt)
  }

  @Test func `what was printed is left out, wherever the pieces are cut`() {
    let text = "one\ntwo\nthree\nfour\n"
    for lost in 0...text.utf8.count {
      for size in [1, 3, 7, text.utf8.count] {
        var position = LogPosition()
        var printed: [UInt8] = []
        func take(_ piece: LogsResponse) { printed += position.unseen(of: piece)?.data ?? [] }
        take(Self.piece(String(text.prefix(lost))))
        position.reopened(fromStart: true)
        var rest = text[...]
        while !rest.isEmpty {
          take(Self.piece(String(rest.prefix(size))))
          rest = rest.dropFirst(size)
        }
        #expect(String(decoding: printed, as: UTF8.self) == text, "lost at \(lost), by \(size)")
      }
    }
  }

  @Test func `each attempt's two streams have a position of their own`() {
    var position = LogPosition()
    for piece in [Self.piece("out"), Self.piece("error", .stderr), Self.piece("again", attempt: 2)]
    {
      #expect(position.unseen(of: piece) == piece)
    }
    position.reopened(fromStart: true)
    #expect(position.unseen(of: Self.piece("out")) == nil)
    #expect(position.unseen(of: Self.piece("error!", .stderr)) == Self.piece("!", .stderr))
    #expect(position.unseen(of: Self.piece("again", attempt: 2)) == nil)
    #expect(position.unseen(of: Self.piece("new", attempt: 3)) == Self.piece("new", attempt: 3))
  }

  @Test func `from a tail on everything is new`() {
    var position = LogPosition()
    _ = position.unseen(of: Self.piece("line\n"))
    position.reopened(fromStart: false)
    #expect(position.unseen(of: Self.piece("line\n")) == Self.piece("line\n"))
  }
}
