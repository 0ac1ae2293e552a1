/// Every bound of the gateway.
package enum GatewayLimits {
  package static let bodyBytes = 8 << 20
  /// Of a caller's own request id: as many as a server takes.
  static let requestIDBytes = 64
}
