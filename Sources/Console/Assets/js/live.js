// What the console tells of an organization as it happens: one EventSource for the page.

/** Hidden for so long, the page lets go of its stream; it takes it up when it is looked at again. */
const HIDDEN_MILLISECONDS = 120_000;
const RETRY_MILLISECONDS = 2_000;

class Live extends EventTarget {
  constructor() {
    super();
    this.clear();
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    addEventListener("pagehide", () => this.#close());
  }

  clear() {
    this.deployments = new Map();
    this.clusters = new Map();
    this.quota = null;
    this.scheduler = null;
    this.placements = null;
    this.samples = [];
    this.schedulerSamples = [];
    this.berthd = "here";
    this.isLoaded = false;
  }

  /** "here", "berthd-away", "console-away" or "connecting". */
  get state() {
    if (this.connection === "lost") return "console-away";
    if (!this.isLoaded) return this.berthd === "away" ? "berthd-away" : "connecting";
    return this.berthd === "away" ? "berthd-away" : "here";
  }

  follow(organization, onEnd) {
    if (organization === this.organization && this.source) return;
    this.#close();
    this.clear();
    this.organization = organization;
    this.onEnd = onEnd;
    this.connection = "connecting";
    if (organization) this.#open();
    this.#tell(new Set(["all"]));
  }

  leave() {
    this.organization = null;
    this.#close();
    this.clear();
  }

  #open() {
    const source = new EventSource(`/console/events?organization=${encodeURIComponent(this.organization)}`);
    this.source = source;
    source.addEventListener("open", () => this.#setConnection("open"));
    source.addEventListener("all", (event) => this.#take(JSON.parse(event.data), true));
    source.addEventListener("changes", (event) => this.#take(JSON.parse(event.data), false));
    source.addEventListener("end", (event) => this.#ended(JSON.parse(event.data).reason));
    source.addEventListener("error", () => {
      this.#setConnection("lost");
      // The browser tries again by itself unless the console refused.
      if (source.readyState === EventSource.CLOSED) this.#reopenLater();
    });
  }

  #close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  #reopenLater() {
    this.#close();
    this.retry = setTimeout(() => {
      if (!this.organization) return;
      this.onEnd("lost").then((goesOn) => {
        if (goesOn && this.organization && !this.source) this.#open();
      });
    }, RETRY_MILLISECONDS);
  }

  #ended(reason) {
    if (reason === "closing" || reason === "unused") return; // The browser connects again.
    this.#close();
    this.onEnd(reason);
  }

  #visibilityChanged() {
    clearTimeout(this.hidden);
    if (document.hidden) {
      this.hidden = setTimeout(() => this.#close(), HIDDEN_MILLISECONDS);
    } else if (this.organization && !this.source) {
      this.#open();
    }
  }

  #setConnection(connection) {
    if (this.connection === connection) return;
    this.connection = connection;
    this.#tell(new Set(["link"]));
  }

  #take(event, isWhole) {
    const changed = new Set(Object.keys(event).map((key) => key.replace("Removed", "")));
    const before = this.deployments;
    if (isWhole) {
      this.deployments = new Map();
      this.clusters = new Map();
      this.samples = [];
      this.schedulerSamples = [];
      changed.add("all");
    }
    const moved = [];
    for (const deployment of event.deployment ?? []) {
      const known = before.get(deployment.id);
      if (known && known.state !== deployment.state) moved.push(deployment);
      else if (!known && !isWhole) moved.push(deployment);
      this.deployments.set(deployment.id, deployment);
    }
    for (const id of event.deploymentRemoved ?? []) this.deployments.delete(id);
    for (const cluster of event.cluster ?? []) this.clusters.set(cluster.id, cluster);
    for (const id of event.clusterRemoved ?? []) this.clusters.delete(id);
    if (event.quota) this.quota = event.quota[0];
    if (event.scheduler) this.scheduler = event.scheduler[0];
    if (event.placements) this.placements = event.placements[0];
    if (event.link) this.berthd = event.link[0].berthd;
    if (event.link?.[0].berthd === "here") this.isLoaded = true;
    this.samples.push(...(event.sample ?? []));
    this.schedulerSamples.push(...(event.schedulerSample ?? []));
    this.samples.splice(0, this.samples.length - 180);
    this.schedulerSamples.splice(0, this.schedulerSamples.length - 180);
    this.#tell(changed, moved);
  }

  #tell(changed, moved = []) {
    this.dispatchEvent(new CustomEvent("change", { detail: { changed, moved } }));
  }

  /** The queue as the scheduler takes it: by priority, then age. */
  get queue() {
    return [...this.deployments.values()]
      .filter((deployment) => deployment.state === "DEPLOYMENT_STATE_QUEUED")
      .sort((left, right) => (right.priority ?? 0) - (left.priority ?? 0) || compare(left.createdAt, right.createdAt));
  }

  count(...states) {
    let count = 0;
    for (const deployment of this.deployments.values()) {
      if (states.includes(deployment.state.slice("DEPLOYMENT_STATE_".length))) count += 1;
    }
    return count;
  }
}

function compare(left, right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

export const live = new Live();
