/// Every bound of the gateway.
package enum GatewayLimits {
  package static let bodyBytes = 8 << 20
}
