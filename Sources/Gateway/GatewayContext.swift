package import Hummingbird

/// What goes with one HTTP request through the gateway and the console.
package struct GatewayContext: RequestContext {
  package var coreContext: CoreRequestContextStorage

  /// Bytes of the largest request body that is read: the RPC's own bound, and JSON's overhead.
  package var maxUploadSize: Int { GatewayLimits.bodyBytes }

  package init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }
}
