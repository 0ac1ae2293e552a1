// All deployments, the newest first.
import { arrowKeys, h, keyed, setText } from "../dom.js";
import { icon } from "../icons.js";
import { live } from "../live.js";
import { state } from "../state.js";
import { amounts, nameOf, plural, reasonWords, stateOf } from "../format.js";
import { badge, button, command, empty, time } from "../parts.js";
import { deployDialog } from "../dialogs.js";
import { pages } from "./pager.js";

const filters = [
  ["all", "All", null], ["waiting", "Waiting", ["QUEUED"]], ["starting", "Starting", ["SCHEDULED", "STARTING"]],
  ["running", "Running", ["RUNNING"]], ["completed", "Completed", ["COMPLETED"]], ["failed", "Failed", ["FAILED"]], ["cancelled", "Cancelled", ["CANCELLED"]],
];
const GLOW_MILLISECONDS = 1_600;

export function deployments() {
  let filter = filters[0];
  const lead = h("p", { class: "lead" });
  const search = h("input", { type: "search", placeholder: "Name, image or id", "aria-label": "Search deployments", on: { input: () => { pager.first(); update(); } } });
  const chips = filters.map((candidate) => h("button", {
    type: "button", class: "chip", "aria-pressed": String(candidate === filter), text: candidate[1],
    on: { click: () => {
      filter = candidate;
      for (const [index, chip] of chips.entries()) chip.setAttribute("aria-pressed", String(filters[index] === filter));
      pager.first();
      update();
    } },
  }));
  const rows = h("div", { class: "list", role: "list" });
  const draw = keyed(rows, row, (deployment) => deployment.id);
  const pager = pages(() => update());
  const head = h("div", { class: "list-head", "aria-hidden": "true" }, ["Deployment", "State", "Priority", "Asks for", "Where", "Changed"].map((text) => h("span", { text })));
  const nothing = h("div", {}, empty({
    icon: "deployments", title: "No deployment yet", words: "A deployment is a model's image with the CPU, memory and GPU it needs. It is placed on a cluster with room, or waits in the queue.",
    actions: [state.mayDeploy ? button("Deploy a model", { kind: "primary", icon: "plus", on: deployDialog }) : null, command("berth deploy registry.example.com/llm:7 --cpu 2 --memory 4Gi")],
  }));
  const noMatch = h("div", {}, empty({ icon: "search", title: "Nothing matches", words: "No deployment that is kept here has this state and these words. Older ones: berth deployments." }));
  arrowKeys(rows, "a.list-row");
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      update();
      search.blur();
    } else if (event.key === "ArrowDown") rows.querySelector("a.list-row")?.focus();
  });

  function update() {
    const all = [...live.deployments.values()].sort((left, right) => (left.createdAt < right.createdAt ? 1 : left.createdAt > right.createdAt ? -1 : left.id < right.id ? 1 : -1));
    const words = search.value.trim().toLowerCase();
    const shown = all.filter((deployment) => (!filter[2] || filter[2].includes(stateOf(deployment)))
      && (!words || [deployment.name, deployment.image, deployment.id].some((text) => text?.toLowerCase().includes(words))));
    setText(lead, `${plural(all.length, "deployment")}: those that have not ended, and the latest that have.`);
    nothing.hidden = all.length > 0 || !live.isLoaded;
    noMatch.hidden = all.length === 0 || shown.length > 0;
    head.hidden = shown.length === 0;
    draw(pager.cut(shown).items);
  }

  return {
    title: "Deployments",
    element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "Deployments" }), lead),
      state.mayDeploy ? button("Deploy", { kind: "primary", icon: "plus", on: deployDialog }) : null),
    h("section", { class: "card deployment-list" },
      h("div", { class: "toolbar" }, h("div", { class: "chips", role: "group", "aria-label": "State" }, chips), h("div", { class: "search" }, icon("search", 16), search, h("kbd", { text: "/", "aria-hidden": "true" }))),
      head, rows, nothing, noMatch, pager.element)),
    update,
  };
}

function row(deployment) {
  const name = h("p", { class: "strong clip" });
  const image = h("p", { class: "soft small clip mono" });
  const shown = badge(stateOf(deployment));
  const priority = h("span", { class: "small" });
  const asks = h("span", { class: "small" });
  const where = h("span", { class: "small soft clip" });
  const changed = time(deployment.updatedAt);
  changed.element.classList.add("soft", "small");
  let last = null;
  const element = h("a", { class: "list-row", role: "listitem", href: `#/deployments/${deployment.id}` },
    h("div", { class: "grow" }, name, image), h("span", {}, shown.element), priority, asks, where, changed.element);
  return {
    element,
    update(next) {
      if (last && stateOf(last) !== stateOf(next)) {
        element.classList.remove("changed");
        void element.offsetWidth;
        element.classList.add("changed");
        setTimeout(() => element.classList.remove("changed"), GLOW_MILLISECONDS);
      }
      last = next;
      setText(name, nameOf(next));
      setText(image, next.image ?? "");
      name.title = nameOf(next);
      shown.update(stateOf(next));
      setText(priority, next.priorityClass || String(next.priority ?? 0));
      setText(asks, amounts(next.resources));
      const cluster = live.clusters.get(next.placedClusterId || next.clusterId)?.name;
      setText(where, next.placedClusterId ? cluster ?? "another cluster" : stateOf(next) === "FAILED" ? reasonWords(next.reason) : cluster ? `only ${cluster}` : "any cluster");
      changed.update(next.updatedAt);
    },
  };
}
