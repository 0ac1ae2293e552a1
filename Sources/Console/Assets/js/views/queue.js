// Who waits, in which order, and why.
import { arrowKeys, h, keyed, setText } from "../dom.js";
import { call } from "../rpc.js";
import { live } from "../live.js";
import { state } from "../state.js";
import { amounts, duration, nameOf, plural, secondsSince, sentence } from "../format.js";
import { button, command, empty } from "../parts.js";
import { deployDialog, priorityDialog } from "../dialogs.js";
import { pages } from "./pager.js";

/** So many at the head are explained without being asked, and each at most so often. */
const EXPLAINED = 10;
const EXPLAIN_MILLISECONDS = 6_000;

export function queue() {
  const lead = h("p", { class: "lead" });
  const rows = h("div", { class: "list", role: "list" });
  const reasons = new Map(); // id -> { words, at, isAsked }
  const draw = keyed(rows, (deployment) => row(deployment, reasons), ({ deployment }) => deployment.id);
  const nothing = h("div", {}, empty({
    icon: "check", title: "Nothing waits",
    words: "What fits nowhere yet stands here in the order of the scheduler: by priority, then age. Each says why it waits and what would make it fit.",
    actions: [state.mayDeploy ? button("Deploy a model", { kind: "primary", icon: "plus", on: deployDialog }) : null, command("berth deployments --state queued")],
  }));
  const pager = pages(() => update());
  const list = h("div", { class: "queue-list" },
    h("div", { class: "list-head", "aria-hidden": "true" }, ["", "Deployment", "Priority", "Asks for", "Why it waits", ""].map((text) => h("span", { text }))), rows, pager.element);
  arrowKeys(rows, "a.queue-name");
  const timer = setInterval(update, 5000);
  let isClosed = false;

  function update() {
    const all = live.queue;
    const total = Math.max(all.length, Number(live.quota?.queued ?? 0));
    setText(lead, all.length === 0 ? "Deployments that wait for room." : `${plural(total, "deployment")} ${total === 1 ? "waits" : "wait"} for room, the first for ${duration(secondsSince(all[0].createdAt))}.${total > all.length ? ` The first ${all.length} known are shown.` : ""}`);
    nothing.hidden = all.length > 0 || !live.isLoaded;
    list.hidden = all.length === 0;
    const { from, items } = pager.cut(all);
    draw(items.map((deployment, index) => ({ deployment, place: from + index + 1 })));
    explain(items.slice(0, EXPLAINED));
  }

  async function explain(items) {
    const now = Date.now();
    for (const { id } of items) {
      const known = reasons.get(id);
      if (isClosed || known?.isAsked || (known && now - known.at < EXPLAIN_MILLISECONDS)) continue;
      reasons.set(id, { ...known, isAsked: true, at: now });
      try {
        const answer = await call("DeploymentService/ExplainDeployment", { id });
        const words = sentence(answer.summary);
        reasons.set(id, { words, at: Date.now() });
        for (const element of rows.querySelectorAll("[data-why]")) {
          if (element.dataset.why === id) setText(element, words);
        }
      } catch {
        reasons.set(id, { ...known, isAsked: false, at: now });
      }
    }
  }

  return {
    title: "Queue",
    element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "Queue" }), lead),
      state.mayDeploy ? button("Deploy", { kind: "primary", icon: "plus", on: deployDialog }) : null), h("section", { class: "card" }, nothing, list)),
    update,
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

function row({ deployment }, reasons) {
  const place = h("span", { class: "place" });
  const name = h("a", { class: "strong clip queue-name", href: `#/deployments/${deployment.id}` });
  const since = h("p", { class: "soft small clip" });
  const priority = h("span", { class: "badge plain" });
  const asks = h("span", { class: "small" });
  const why = h("span", { class: "small soft", data: { why: deployment.id } });
  let current = deployment;
  const change = state.mayDeploy ? button("Priority", { kind: "small", on: () => priorityDialog(current) }) : h("span");
  return {
    element: h("div", { class: "list-row", role: "listitem" }, place, h("div", { class: "grow" }, h("p", { class: "clip" }, name), since), h("span", {}, priority), asks, why, change),
    update({ deployment: next, place: at }) {
      current = next;
      setText(place, String(at));
      place.classList.toggle("first", at === 1);
      place.setAttribute("aria-label", `Place ${at}`);
      setText(name, nameOf(next));
      setText(since, `waits ${duration(secondsSince(next.requeuedAt ?? next.createdAt))}${next.gangSize > 1 ? ` · ${(next.gangIndex ?? 0) + 1} of ${next.gangSize}` : ""}`);
      setText(priority, next.priorityClass ? `${next.priorityClass} ${next.priority ?? 0}` : String(next.priority ?? 0));
      setText(asks, amounts(next.resources));
      setText(why, reasons.get(next.id)?.words ?? "Open it to see why.");
    },
  };
}
