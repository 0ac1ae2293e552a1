internal import CLinux
internal import Glibc

/// What a descriptor is watched for.
package struct Interest: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let read = Interest(rawValue: 1)
  package static let write = Interest(rawValue: 2)

  /// Not a literal, which is put together by unspecialized code of the standard library, slowly.
  package init(reading: Bool, writing: Bool) {
    rawValue = (reading ? 1 : 0) | (writing ? 2 : 0)
  }

  var epollEvents: UInt32 {
    var events: UInt32 = EPOLLRDHUP.rawValue
    if contains(.read) { events |= EPOLLIN.rawValue }
    if contains(.write) { events |= EPOLLOUT.rawValue }
    // Without interest in reading a half-closed peer would wake the loop again and again.
    return contains(.read) ? events : events & ~EPOLLRDHUP.rawValue
  }
}

/// What a descriptor is ready for. `hangup` is an error or the end of the peer: reading tells
/// which.
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: 1)
  package static let writable = Readiness(rawValue: 2)
  package static let hangup = Readiness(rawValue: 4)

  package var isWritable: Bool { rawValue & 2 != 0 }
  package var isHangup: Bool { rawValue & 4 != 0 }
  /// Reading tells something new.
  package var isReadableOrHangup: Bool { rawValue & 5 != 0 }

  init(epollEvents: UInt32) {
    let ends = EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue
    rawValue =
      (epollEvents & EPOLLIN.rawValue != 0 ? 1 : 0) | (epollEvents & EPOLLOUT.rawValue != 0 ? 2 : 0)
      | (epollEvents & ends != 0 ? 4 : 0)
  }
}

/// Is told when its descriptor is ready. Called on the loop.
package protocol ReadinessHandler: AnyObject {
  func ready(_ readiness: Readiness)
}

/// Is told once at the end of a turn in which it asked for it. Called on the loop.
package protocol TurnEndHandler: AnyObject {
  func turnEnded()
}

/// The order of work at the end of a turn: statements are batched before they are sent to the
/// database, and replies leave last, so that a turn costs one system call a connection.
package enum TurnPhase: Int, Sendable, CaseIterable {
  /// What was read is handled: at the turn's end, and before that once ahead of its tasks.
  case reads
  case batch, database, transport
}
