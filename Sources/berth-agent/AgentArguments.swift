import ArgumentParser

/// The options as given; what is missing comes from the environment.
struct AgentArguments: ParsableArguments {
  @Option(help: "The server: host:port. [BERTH_ADDRESS]")
  var address: String?

  @Option(help: "The authority that signed the server's certificate: a PEM file. [BERTH_CA]")
  var ca: String?

  @Option(
    help: """
      The file that holds the cluster's agent token; it is read anew for each attachment. \
      [BERTH_AGENT_TOKEN_FILE, or the token itself in BERTH_AGENT_TOKEN]
      """)
  var tokenFile: String?

  @Option(
    help: """
      What runs the containers: docker; simulated, which only pretends to; or auto: docker where \
      one answers, else simulated. [BERTH_AGENT_ENGINE; auto]
      """)
  var engine: String?

  @Option(
    help: "The Docker Engine: unix:///path or tcp://host:port. [DOCKER_HOST; the usual socket]")
  var dockerHost: String?

  @Option(
    help: """
      The containers' network: default, none, host, or the name of one of the engine's. \
      [BERTH_AGENT_NETWORK; default]
      """)
  var network: String?

  @Option(
    help: """
      Containers with GPUs: real asks the engine for the devices; pretend only tells the container \
      which it would have (NVIDIA_VISIBLE_DEVICES, BERTH_GPU_DEVICES); none refuses them. \
      [BERTH_AGENT_GPUS; pretend]
      """)
  var gpus: String?

  @Option(
    help: """
      Limits that this host cannot hold: strict refuses the container; clamp brings them into the \
      host's range; off sets none at all. [BERTH_AGENT_LIMITS; strict]
      """)
  var limits: String?

  @Option(
    help:
      """
      Images that are not on the host: missing fetches them, never does not. \
      [BERTH_AGENT_PULL; missing]
      """
  )
  var pull: String?

  @Option(
    help: """
      How many containers are kept, exited, for their output after they ended. \
      [BERTH_AGENT_KEEP; 64]
      """)
  var keep: String?

  @Option(
    help: """
      The folder that outlasts the agent; each agent has its own. [BERTH_AGENT_STATE_FOLDER; \
      STATE_DIRECTORY; /var/lib/berth-agent for root, else ~/.local/state/berth-agent]
      """)
  var stateFolder: String?

  @Option(help: "trace, debug, info, notice, warning, error or critical. [BERTH_LOG_LEVEL; info]")
  var logLevel: String?
}
