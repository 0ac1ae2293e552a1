/// How a Docker Engine is used.
package struct DockerOptions: Hashable, Sendable {
  package var network: NetworkMode
  package var gpus: GPUMode
  package var limits: LimitMode
  package var pull: PullPolicy

  package init(
    network: NetworkMode = .default, gpus: GPUMode = .pretend, limits: LimitMode = .strict,
    pull: PullPolicy = .missing
  ) {
    self.network = network
    self.gpus = gpus
    self.limits = limits
    self.pull = pull
  }
}
