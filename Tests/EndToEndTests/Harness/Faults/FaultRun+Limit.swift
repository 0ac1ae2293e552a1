import TestSupport
import Testing

extension Trait where Self == TimeLimitTrait {
  /// How long one test of fault runs may take.
  static var faultRunLimit: TimeLimitTrait { .timeLimit(.minutes(TestScale.isSoak ? 60 : 3)) }
}
