// Clusters with what is used of them, device by device, and their agents.
import { h, keyed, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { live } from "../live.js";
import { state } from "../state.js";
import { amounts, ago, bytes, cores, devices, isEnded, nameOf, plural, stateOf } from "../format.js";
import { button, command, empty, meter } from "../parts.js";
import { agentDialog, capacityDialog, clusterDialog } from "../dialogs.js";

const HOLDERS = 5;

const dimensions = [
  ["cpu", "CPU", "cpuMillis", (used, whole) => `${cores(used)} of ${cores(whole)} cores`],
  ["memory", "Memory", "memoryBytes", (used, whole) => `${bytes(used)} of ${bytes(whole)}`],
  ["gpu", "GPU", "gpuMillis", (used, whole) => `${devices(used)} of ${devices(whole)}`],
];

/** A bar for each dimension that the cluster has. */
export function capacityMeters(cluster) {
  const element = h("div", { class: "stack tight" });
  const values = (next, key, words) => {
    const [used, whole] = [Number(next.allocated?.[key] ?? 0), Number(next.capacity?.[key] ?? 0)];
    return { used, whole, words: words(used, whole) };
  };
  const meters = dimensions.map(([dimension, label, key, words]) => {
    const part = meter(dimension, label, values(cluster, key, words));
    element.append(part.element);
    return (next) => {
      part.update(values(next, key, words));
      part.element.hidden = Number(next.capacity?.[key] ?? 0) === 0;
    };
  });
  const update = (next) => meters.forEach((each) => each(next));
  update(cluster);
  return { element, update };
}

export function clusters() {
  const lead = h("p", { class: "lead" });
  const cards = h("div", { class: "cards" });
  const draw = keyed(cards, card, (cluster) => cluster.id);
  const nothing = h("section", { class: "card" }, empty({
    icon: "clusters", title: "No cluster yet", words: "A cluster is a container engine and the CPU, memory and GPU that it may give away. Register one, then attach an agent to it.",
    actions: [state.isAdmin ? button("Register a cluster", { kind: "primary", icon: "plus", on: clusterDialog }) : h("p", { text: "An admin of the organization registers clusters." }), command("berth cluster create berlin-1 --cpu 16 --memory 64Gi --gpu 4")],
  }));
  return {
    title: "Clusters",
    element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "Clusters" }), lead),
      state.isAdmin ? button("Register a cluster", { kind: "primary", icon: "plus", on: clusterDialog }) : null), nothing, cards),
    update() {
      const all = [...live.clusters.values()].sort((left, right) => left.name.localeCompare(right.name));
      const attached = all.filter((cluster) => cluster.agentAttached).length;
      setText(lead, `${plural(all.length, "cluster")}, ${attached} with an agent attached.`);
      nothing.hidden = all.length > 0 || !live.isLoaded;
      draw(all);
    },
  };
}

function card(cluster) {
  const name = h("h2", { class: "clip" });
  const model = h("span", { class: "badge plain", hidden: true });
  const guest = h("span", { class: "badge plain", data: { tone: "accent" }, text: "Shared with you", hidden: cluster.organizationId === state.organization });
  const meters = capacityMeters(cluster);
  const boxes = h("div", { class: "devices", role: "group", "aria-label": "GPU devices" });
  const drawDevices = keyed(boxes, device, (item) => item.index ?? 0);
  const deviceSection = h("div", { class: "stack tight" }, h("p", { class: "label", text: "Devices" }), boxes);
  const dot = h("i", {});
  const agent = h("span", {});
  const holders = h("div", { class: "holders" });
  let current = cluster;
  const isOwn = cluster.organizationId === state.organization;
  const actions = state.isAdmin && isOwn ? h("div", { class: "row tight wrap" },
    button("Agent token", { kind: "small", icon: "key", on: () => agentDialog(current) }), button("Capacity", { kind: "small", on: () => capacityDialog(current) })) : null;
  return {
    element: h("section", { class: "card", data: { cluster: cluster.id } },
      h("div", { class: "card-head" }, h("div", { class: "row grow" }, name, model, guest)),
      h("div", { class: "card-body stack" }, meters.element, deviceSection, h("p", { class: "agent-line" }, dot, agent), holders, actions)),
    update(next) {
      current = next;
      setText(name, next.name);
      name.title = next.name;
      setText(model, next.gpuModel ?? "");
      model.hidden = !next.gpuModel;
      meters.update(next);
      deviceSection.hidden = !next.gpuDevices?.length;
      drawDevices(next.gpuDevices ?? []);
      dot.dataset.tone = next.agentAttached ? "running" : next.agentSeenAt ? "failed" : "ended";
      setText(agent, agentWords(next));
      drawHolders(holders, next);
    },
  };
}

function device() {
  const fill = h("div", { class: "device-fill" });
  const label = h("span", {});
  const element = h("div", { class: "device", role: "img" }, fill, label);
  return {
    element,
    update({ index = 0, model, allocatedMillis = 0 }) {
      const part = Math.min(1, Number(allocatedMillis) / 1000);
      fill.style.transform = `translateY(${((1 - part) * 100).toFixed(1)}%)`;
      fill.hidden = part === 0;
      setText(label, String(index));
      const words = `Device ${index}${model ? `, ${model}` : ""}: ${Math.round(part * 100)}% in use`;
      element.title = words;
      element.setAttribute("aria-label", words);
    },
  };
}

function agentWords(cluster) {
  const about = [cluster.agentEngine, cluster.agentVersion ? `agent ${cluster.agentVersion}` : ""].filter(Boolean).join(" · ");
  if (cluster.agentAttached) return `Agent attached, heard ${ago(cluster.agentSeenAt)}${about ? ` · ${about}` : ""}`;
  if (cluster.agentSeenAt) return `Agent away, last heard ${ago(cluster.agentSeenAt)}${about ? ` · ${about}` : ""}`;
  return "No agent has attached yet: nothing that is placed here can start";
}

/** What holds the cluster now. */
function drawHolders(box, cluster) {
  const all = [...live.deployments.values()].filter((deployment) => deployment.placedClusterId === cluster.id && !isEnded(stateOf(deployment)) && stateOf(deployment) !== "QUEUED");
  const key = all.map((deployment) => `${deployment.id}${nameOf(deployment)}`).join();
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  show(box, all.length === 0 ? h("p", { class: "soft small", text: "Nothing of yours runs here." }) : [
    h("p", { class: "label", text: plural(all.length, "container") }),
    all.slice(0, HOLDERS).map((deployment) => h("a", { href: `#/deployments/${deployment.id}` }, h("span", { class: "clip", text: nameOf(deployment) }), h("span", { class: "soft clip", text: amounts(deployment.resources) }))),
    all.length > HOLDERS ? h("a", { href: "#/deployments" }, h("span", { class: "soft", text: `and ${all.length - HOLDERS} more` }), icon("arrow", 14)) : null,
  ]);
}
