/// An engine's own name for a container.
package struct ContainerID: Hashable, Sendable, Codable, CustomStringConvertible {
  package let value: String

  package init(_ value: String) { self.value = value }

  package var description: String { String(value.prefix(12)) }
}
