import Foundation

/// How much the long tests do: `BERTH_SOAK=1` (`make soak`) asks for all of it.
package enum TestScale {
  package static let isSoak = ProcessInfo.processInfo.environment["BERTH_SOAK"] == "1"

  /// `short` in `make test`, `long` in `make soak`.
  package static func rounds(_ short: Int, soak long: Int) -> Int { isSoak ? long : short }
}
