/// What an engine does for a container that was given GPU devices.
package enum GPUMode: String, CaseIterable, Hashable, Sendable {
  /// Asks the engine for the devices (Docker's DeviceRequests); the host needs the vendor's
  /// runtime.
  case real
  /// Only tells the container, by NVIDIA_VISIBLE_DEVICES and BERTH_GPU_DEVICES, which devices it
  /// would have: for machines without any.
  case pretend
  /// Refuses containers that were given devices.
  case none
}
