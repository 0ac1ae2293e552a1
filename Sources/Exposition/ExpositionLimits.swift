/// Every bound of the exposition.
package enum ExpositionLimits {
  /// For all that one scrape asks. Prometheus gives up after 10 s unless told otherwise.
  package static let deadline = Duration.seconds(5)
  /// Pages of methods that are read of a replica.
  package static let methodPages = 8
  package static let methodsPerPage = 500
  /// The buckets of calls, of which each reaches twice as far as the one before: 65 µs to 17 s.
  package static let callBuckets = HistogramBounds(first: 6, last: 24)
  /// The same for waits in the queue: from a millisecond to 13 days.
  package static let waitBuckets = HistogramBounds(first: 10, last: 40)
}
