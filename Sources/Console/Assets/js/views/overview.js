// An organization at a glance.
import { h, keyed, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { live } from "../live.js";
import { state } from "../state.js";
import { chart } from "../chart.js";
import { ago, duration, nameOf, number, plural, reasonWords, secondsSince, share, stateOf, stateWords } from "../format.js";
import { button, time } from "../parts.js";
import { agentDialog, clusterDialog, deployDialog } from "../dialogs.js";
import { capacityMeters } from "./clusters.js";

const ACTIVITIES = 8;
const dimensions = [["CPU", "cpu", "var(--cpu)"], ["Memory", "memory", "var(--memory)"], ["GPU", "gpu", "var(--gpu)"]];
const percent = (part) => `${Math.round(part * 100)}%`;

export function overview() {
  const lead = h("p", { class: "lead" });
  const deploy = state.mayDeploy ? button("Deploy", { kind: "primary", icon: "plus", on: deployDialog }) : null;
  const tiles = { running: tile("Running", "running", "#/deployments"), waiting: tile("Waiting", "waiting", "#/queue"), used: tile("Capacity in use", "", "#/clusters"), ended: tile("Ended in the last hour", "", "#/deployments") };
  const allocation = chart({
    title: "Allocated share of the capacity", format: percent, top: () => 1,
    series: dimensions.map(([name, key, color]) => ({ name, color, value: (sample) => share(sample.allocated[key], sample.capacity[key]) })),
  });
  const load = chart({
    title: "Deployments", format: (value) => number(value, 1), top: () => 4,
    series: [{ name: "Running", color: "var(--running)", value: (sample) => sample.running }, { name: "Waiting", color: "var(--waiting)", value: (sample) => sample.queued }],
  });
  const clusterBox = h("div", { class: "stack" });
  const drawClusters = keyed(clusterBox, clusterSummary, (cluster) => cluster.id);
  const activityBox = h("div", {});
  const drawActivity = keyed(activityBox, activityRow, (deployment) => deployment.id);
  const nothing = h("p", { class: "soft card-body", text: "Nothing has happened yet." });
  const steps = h("section", { class: "card", "aria-label": "First steps" });
  const charts = h("div", { class: "columns" }, panel("Allocation", allocation.element), panel("Running and waiting", load.element));
  const details = h("div", { class: "columns main-side" },
    panel("Latest changes", [activityBox, nothing], { isFlush: true }), panel("Clusters", clusterBox));

  return {
    title: "Overview",
    element: h("div", {},
      h("div", { class: "page-head" }, h("div", {}, h("h1", { text: state.current?.name ?? "" }), lead),
        deploy),
      steps, h("div", { class: "tiles" }, Object.values(tiles).map(({ element }) => element)), charts, details),
    update() {
      const all = [...live.deployments.values()];
      const clusters = [...live.clusters.values()].sort((left, right) => left.name.localeCompare(right.name));
      drawTiles(tiles, all, clusters);
      setText(lead, `${plural(clusters.length, "cluster")}, ${plural(live.count("RUNNING"), "running deployment")}.`);
      allocation.update(live.samples);
      load.update(live.samples);
      drawClusters(clusters.slice(0, 6));
      const latest = all.sort((left, right) => (left.updatedAt < right.updatedAt ? 1 : -1)).slice(0, ACTIVITIES);
      drawActivity(latest);
      nothing.hidden = latest.length > 0;
      drawSteps(steps, clusters, all);
      if (deploy) deploy.hidden = clusters.length === 0;
      charts.hidden = clusters.length === 0;
      details.hidden = clusters.length === 0;
    },
  };
}

export function panel(title, content, { isFlush = false, action = null } = {}) {
  return h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", { text: title }), action),
    h("div", isFlush ? { style: { padding: "10px 0" } } : { class: "card-body" }, content));
}

function tile(label, tone, href) {
  const figure = h("p", { class: "figure" });
  const note = h("p", { class: "soft small" });
  return {
    element: h("a", { class: "card tile", href }, h("p", { class: "label" }, tone ? h("i", { data: { tone } }) : null, label), figure, note),
    update(value, words, unit = "") {
      const text = `${value}${unit}`;
      if (figure.dataset.text !== text) {
        figure.dataset.text = text;
        show(figure, String(value), unit ? h("small", { text: ` ${unit}` }) : null);
      }
      setText(note, words);
    },
  };
}

function drawTiles(tiles, all, clusters) {
  const starting = live.count("STARTING", "SCHEDULED");
  tiles.running.update(number(live.count("RUNNING")), starting > 0 ? `${number(starting)} starting` : "None starting");
  const queue = live.queue;
  // More may wait than the page is told of; that none does it knows by itself.
  const queued = queue.length === 0 ? 0 : Math.max(queue.length, Number(live.quota?.queued ?? 0));
  const oldest = queue.reduce((least, { createdAt }) => (least === null || createdAt < least ? createdAt : least), null);
  tiles.waiting.update(number(queued), oldest ? `Oldest waits ${duration(secondsSince(oldest))}` : "The queue is empty");
  const sum = (kind, key) => clusters.reduce((total, cluster) => total + Number(cluster[kind]?.[key] ?? 0), 0);
  const parts = [["CPU", "cpuMillis"], ["memory", "memoryBytes"], ["GPU", "gpuMillis"]].map(([label, key]) => [label, sum("allocated", key), sum("capacity", key)]).filter(([, , whole]) => whole > 0);
  const most = parts.toSorted((left, right) => share(right[1], right[2]) - share(left[1], left[2]))[0];
  tiles.used.update(most ? percent(share(most[1], most[2])) : "0%", most ? parts.filter((part) => part !== most).map(([label, part, whole]) => `${label} ${percent(share(part, whole))}`).join(" · ") : "No cluster yet", most ? `of ${most[0]}` : "");
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  const ended = all.filter((deployment) => deployment.endedAt > hourAgo);
  const failed = ended.filter((deployment) => stateOf(deployment) === "FAILED").length;
  tiles.ended.update(number(ended.length), failed > 0 ? `${number(failed)} failed` : "None failed");
}

function clusterSummary(cluster) {
  const name = h("a", { class: "strong clip", href: "#/clusters" });
  const agent = h("span", { class: "soft small" });
  const meters = capacityMeters(cluster);
  return {
    element: h("div", { class: "stack tight" }, h("div", { class: "row spread" }, name, agent), meters.element),
    update(next) {
      setText(name, next.name);
      setText(agent, next.agentAttached ? "agent attached" : next.agentSeenAt ? `agent seen ${ago(next.agentSeenAt)}` : "no agent yet");
      meters.update(next);
    },
  };
}

function activityRow(deployment) {
  const dot = h("i", {});
  const name = h("span", { class: "strong" });
  const words = h("span", { class: "soft small" });
  const at = time(deployment.updatedAt);
  at.element.classList.add("soft", "small");
  return {
    element: h("a", { class: "activity-row", href: `#/deployments/${deployment.id}` }, dot, h("div", { class: "grow" }, h("p", { class: "clip" }, name), h("p", { class: "clip" }, words)), at.element),
    update(next) {
      const { label, tone } = stateWords(stateOf(next));
      dot.dataset.tone = tone;
      setText(name, nameOf(next));
      setText(words, next.reason ? `${label}: ${reasonWords(next.reason)}` : label);
      at.update(next.updatedAt);
    },
  };
}

function drawSteps(box, clusters, all) {
  const bare = clusters.find((cluster) => !cluster.agentAttached && !cluster.agentSeenAt);
  const steps = [
    { title: "Register a cluster", words: "Say how much CPU, memory and GPU there is.", isDone: clusters.length > 0, action: state.isAdmin && ((kind) => button("Register", { kind, on: clusterDialog })) },
    { title: "Attach an agent", words: "berth-agent runs what is placed on the cluster.", isDone: clusters.some((cluster) => cluster.agentSeenAt || cluster.agentAttached), action: state.isAdmin && bare && ((kind) => button("Make a token", { kind, on: () => agentDialog(bare) })) },
    { title: "Deploy a model", words: "It is placed as soon as there is room, or waits in the queue.", isDone: all.length > 0, action: state.mayDeploy && clusters.length > 0 && ((kind) => button("Deploy", { kind, on: deployDialog })) },
  ];
  box.hidden = !live.isLoaded || steps.every(({ isDone }) => isDone);
  const key = steps.map(({ isDone, action }) => `${isDone}${Boolean(action)}`).join() + (bare?.id ?? "");
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  const next = steps.find(({ isDone, action }) => !isDone && action);
  show(box, h("div", { class: "card-head" }, h("h2", { text: "First steps" })), h("ol", { class: "steps" }, steps.map((step, index) =>
    h("li", { class: "step", data: { done: String(step.isDone) } }, h("span", { class: "step-mark" }, step.isDone ? icon("check", 15, "Done") : String(index + 1)),
      h("div", { class: "step-text" }, h("h3", { text: step.title }), h("p", { class: "soft small", text: step.words })),
      step.isDone || !step.action ? null : step.action(step === next ? "primary" : "")))));
}
