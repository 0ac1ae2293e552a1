// One deployment: what it does, why it waits, what happened, what it prints.
import { h, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { call } from "../rpc.js";
import { live } from "../live.js";
import { state } from "../state.js";
import { absolute, amounts, clock, duration, isEnded, nameOf, reasonWords, stateOf, stateWords } from "../format.js";
import { badge, busily, button, copyButton, empty, tabbed, time } from "../parts.js";
import { cancelDialog, complete, priorityDialog } from "../dialogs.js";
import { explanation } from "./explanation.js";
import { logs } from "./logs.js";

const order = ["QUEUED", "SCHEDULED", "STARTING", "RUNNING"];

export function deployment({ id }) {
  const title = h("h1", { text: "…" });
  const shown = badge("QUEUED");
  const image = h("p", { class: "lead mono" });
  const actions = h("div", { class: "row wrap" });
  const timeline = h("ol", { class: "timeline", "aria-label": "States so far" });
  const reason = h("p", { class: "notice", hidden: true });
  const content = h("div", { class: "stack" });
  const root = h("div", {}, h("p", { class: "small" }, h("a", { href: "#/deployments" }, "← Deployments")), content);
  let full = null; // With what the live feed leaves out.
  let current = null;
  let tabs = null;
  let isClosed = false;

  load();
  async function load() {
    try {
      full = (await call("DeploymentService/GetDeployment", { id })).deployment;
    } catch (error) {
      if (isClosed) return;
      if (error.code === "UNAVAILABLE") setTimeout(() => { if (!isClosed && !full) load(); }, 1500);
      show(content, h("section", { class: "card" }, empty({ icon: "search", title: error.code === "NOT_FOUND" || error.code === "INVALID_ARGUMENT" ? "There is no such deployment" : "It cannot be shown now", words: error.message, actions: [h("a", { class: "button", href: "#/deployments" }, "All deployments")] })));
      return;
    }
    if (isClosed) return;
    tabs = tabbed([
      ["facts", "Details", () => facts(() => current, full)],
      ["why", "Why", () => explanation(id)],
      ["events", "Events", () => events(id)],
      ["logs", "Logs", () => logs(id)],
    ], { selected: isQueuedNow() ? "why" : "facts", label: "About the deployment" });
    tabs.panel.classList.add("card-body");
    show(content, h("div", { class: "page-head" }, h("div", { class: "grow" }, h("div", { class: "row wrap" }, title, shown.element), image), actions),
      h("section", { class: "card card-body" }, timeline, reason), h("section", { class: "card" }, tabs.list, tabs.panel));
    update(new Set(["all"]));
  }
  const isQueuedNow = () => stateOf(live.deployments.get(id) ?? full) === "QUEUED";

  function update(changed) {
    if (!full) return;
    const next = live.deployments.get(id) ?? current ?? full;
    const isNew = !current || current.updatedAt !== next.updatedAt || stateOf(current) !== stateOf(next);
    current = next;
    if (isNew) {
      setText(title, nameOf(next));
      document.title = `${nameOf(next)} · Berth`;
      setText(image, next.image ?? "");
      shown.update(stateOf(next));
      drawActions(actions, next);
      drawTimeline(timeline, next);
      const words = next.reason && (isEnded(stateOf(next)) || (next.attempt ?? 0) > 1 || next.requeuedAt) ? reasonWords(next.reason) : "";
      reason.hidden = !words;
      reason.className = stateOf(next) === "FAILED" ? "form-error" : "notice";
      setText(reason, next.exitCode !== undefined && isEnded(stateOf(next)) ? `${words} (exit code ${next.exitCode})` : words);
    }
    tabs?.current?.update?.({ isNew, changed, deployment: next });
  }

  return {
    title: "Deployment", element: root, update,
    close() {
      isClosed = true;
      tabs?.close();
    },
  };
}

function drawActions(box, deployment) {
  const name = stateOf(deployment);
  const focused = box.contains(document.activeElement) ? document.activeElement.textContent : null;
  show(box, !state.mayDeploy ? null : [
    name === "QUEUED" ? button("Change priority", { on: () => priorityDialog(deployment) }) : null,
    name === "RUNNING" ? button("Complete", { icon: "check", on: (event) => busily(event.currentTarget, () => complete(deployment)) }) : null,
    isEnded(name) ? null : button("Cancel", { kind: "danger", on: () => cancelDialog(deployment) }),
  ]);
  if (focused) [...box.children].find((element) => element.textContent === focused)?.focus();
}

/** The states on the way, with when each was reached and how long the one before took. */
function drawTimeline(box, deployment) {
  const now = stateOf(deployment);
  const times = { QUEUED: deployment.requeuedAt ?? deployment.createdAt, SCHEDULED: deployment.scheduledAt, STARTING: null, RUNNING: deployment.startedAt };
  // Back in the queue, what it reached before counts no more.
  const reached = reachedBy(deployment, now);
  const steps = order.map((name, index) => ({ ...stateWords(name), at: index <= reached ? times[name] : null, isReached: index <= reached, isCurrent: name === now }));
  const end = isEnded(now) ? { ...stateWords(now), at: deployment.endedAt, isReached: true, isCurrent: true } : { label: "Ended", icon: "stop", tone: "ended", at: null, isReached: false, isCurrent: false };
  let before = null;
  show(box, [...steps, end].map((step) => {
    const took = step.at && before ? duration((Date.parse(step.at) - Date.parse(before)) / 1000) : null;
    if (step.at) before = step.at;
    return h("li", { data: { reached: String(step.isReached), current: String(step.isCurrent), tone: step.isCurrent ? step.tone : "" } },
      h("span", { class: "dot" }, icon(step.icon, 13)),
      h("div", {}, h("p", { class: "strong", text: step.label }), step.at ? h("p", { title: absolute(step.at), text: took ? `${clock(step.at)} · after ${took}` : clock(step.at) }) : null));
  }));
}

/** The index of the last state on the way that it was in. */
function reachedBy(deployment, now) {
  if (!isEnded(now)) return order.indexOf(now);
  if (deployment.startedAt) return order.indexOf("RUNNING");
  return deployment.scheduledAt ? order.indexOf("SCHEDULED") : 0;
}

function facts(currentOf, full) {
  const list = h("dl", { class: "facts" });
  const link = (cluster) => (cluster ? h("a", { href: "#/clusters" }, cluster) : null);
  function draw(deployment) {
    const placed = live.clusters.get(deployment.placedClusterId)?.name ?? (deployment.placedClusterId ? "another organization's cluster" : null);
    const rows = [
      ["Id", h("span", { class: "row tight" }, h("code", { class: "clip", text: deployment.id }), copyButton(deployment.id, "Copy the id"))],
      ["Asks for", amounts(deployment.resources)],
      ["Priority", `${deployment.priority ?? 0}${deployment.priorityClass ? ` (${deployment.priorityClass})` : ""}`],
      ["Attempt", `${deployment.attempt ?? 0} of ${deployment.maxAttempts ?? 0}`],
      ["Placed on", link(placed) ?? "nowhere yet"],
      ["May run on", deployment.clusterId ? live.clusters.get(deployment.clusterId)?.name ?? "one cluster" : "any cluster"],
      deployment.gpuDevices?.length ? ["GPU devices", deployment.gpuDevices.join(", ")] : null,
      deployment.gpuModels?.length ? ["GPU models", deployment.gpuModels.join(", ")] : null,
      deployment.gangSize > 1 ? ["Group", `${(deployment.gangIndex ?? 0) + 1} of ${deployment.gangSize}, placed together`] : null,
      ["Created", time(deployment.createdAt).element],
      deployment.notBefore && stateOf(deployment) === "QUEUED" ? ["Not tried before", absolute(deployment.notBefore)] : null,
      deployment.startBy ? ["Must run by", absolute(deployment.startBy)] : null,
      full.command?.length ? ["Command", h("code", { text: full.command.join(" ") })] : null,
      full.env && Object.keys(full.env).length > 0 ? ["Environment", h("code", { text: Object.keys(full.env).sort().join(", ") })] : null,
    ];
    show(list, rows.filter(Boolean).map(([term, value]) => h("div", {}, h("dt", { text: term }), h("dd", {}, value))));
  }
  draw(currentOf() ?? full);
  return { element: list, update: ({ isNew, deployment }) => { if (isNew) draw(deployment); } };
}

/** Its history, newest first, read anew with each change. */
function events(id) {
  const list = h("ol", { class: "events" });
  let isClosed = false;
  let isLoading = false;
  let isStale = false;
  async function load() {
    if (isLoading) {
      isStale = true;
      return;
    }
    isLoading = true;
    isStale = false;
    try {
      const all = [];
      let token = "";
      do {
        const answer = await call("DeploymentService/ListDeploymentEvents", { id, page: { size: 500, token } });
        all.push(...(answer.events ?? []));
        token = answer.nextPageToken ?? "";
      } while (token && all.length < 2000);
      if (!isClosed) show(list, all.reverse().map(event));
    } catch (error) {
      if (!isClosed && list.children.length === 0) show(list, h("li", { class: "form-error", text: error.message }));
    }
    isLoading = false;
    if (isStale && !isClosed) load();
  }
  load();
  return { element: list, update: ({ isNew }) => { if (isNew) load(); }, close: () => { isClosed = true; } };
}

function event(item) {
  const attempt = item.attempt ? ` Attempt ${item.attempt}.` : "";
  return h("li", { class: "event" }, h("span", {}, badge(stateOf(item)).element), h("span", { text: `${reasonWords(item.reason)}${attempt && item.reason ? "." : ""}${attempt}`.trim() }), timeOf(item));
}

function timeOf(item) {
  const { element } = time(item.at);
  element.classList.add("soft", "small");
  return element;
}
