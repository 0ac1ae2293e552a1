// Why a deployment waits and what would make it fit; of one that does not wait, where it is.
import { h, show } from "../dom.js";
import { icon } from "../icons.js";
import { call } from "../rpc.js";
import { absolute, nameOf, plural, sentence } from "../format.js";

const AGAIN_MILLISECONDS = 5_000;
const standings = {
  STANDING_NEXT: "It is next", STANDING_WAITS_FOR_RETRY: "It waits for another attempt", STANDING_WAITS_FOR_ROOM: "It waits for room",
  STANDING_HELD_BACK: "Room is kept for one ahead of it", STANDING_IMPOSSIBLE: "No cluster can hold it", STANDING_PLACED: "It is placed",
  STANDING_ENDED: "It has ended", STANDING_WAITS_FOR_QUOTA: "A quota allows no more",
};
const verdicts = {
  VERDICT_FITS: ["Has room", "running"], VERDICT_WRONG_GPU_MODEL: ["Other GPU model", "ended"], VERDICT_TOO_SMALL: ["Too small", "failed"],
  VERDICT_AGENT_LOST: ["Agent lost", "failed"], VERDICT_NO_ROOM: ["No room now", "waiting"], VERDICT_RESERVED: ["Kept for another", "waiting"], VERDICT_QUOTA: ["Quota reached", "waiting"],
};

export function explanation(id) {
  const element = h("div", { class: "why" }, h("p", { class: "soft", text: "Asking the scheduler…" }));
  let isClosed = false;
  async function load() {
    try {
      const answer = await call("DeploymentService/ExplainDeployment", { id });
      if (!isClosed) draw(element, answer);
    } catch (error) {
      if (!isClosed && !element.dataset.text) show(element, h("p", { class: "form-error", text: error.message }));
    }
  }
  load();
  const timer = setInterval(load, AGAIN_MILLISECONDS);
  return {
    element, update: ({ isNew }) => { if (isNew) load(); },
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

function draw(element, answer) {
  const text = JSON.stringify({ ...answer, deployment: null });
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  const { queue, fit, preemption, timeLimit } = answer;
  const hasWaited = answer.standing !== "STANDING_PLACED" && answer.standing !== "STANDING_ENDED";
  show(element,
    h("div", { class: "stack tight" }, h("span", {}, h("span", { class: "badge plain", data: { tone: hasWaited ? "waiting" : "accent" }, text: standings[answer.standing] ?? "It waits" })),
      h("p", { class: "why-summary", text: sentence(answer.summary) })),
    queue ? place(queue) : null,
    fit?.advice?.length ? section("What would make it fit", h("ul", { class: "advice" }, fit.advice.map(({ words }) => h("li", {}, icon("bulb", 16), h("span", { text: sentence(words) }))))) : null,
    preemption?.words ? section("Preemption", h("p", { text: sentence(preemption.words) })) : null,
    timeLimit?.at ? section("Time limit", h("p", { text: `If nothing else happens, it fails at ${absolute(timeLimit.at)}.` })) : null,
    fit?.clusters?.length ? section(`Clusters, the nearest to fitting first`, h("div", {}, fit.clusters.map(cluster),
      fit.clusterCount > fit.clusters.length ? h("p", { class: "soft small", text: `and ${plural(fit.clusterCount - fit.clusters.length, "more cluster")}` }) : null)) : null);
}

const section = (title, ...content) => h("section", { class: "stack tight" }, h("h3", { text: title }), ...content);

function place({ position, ahead = "0", isMoreAhead, first = [] }) {
  return section(`Place ${position ?? "1"} in the queue`,
    h("p", { class: "soft", text: Number(ahead) === 0 ? "Nobody stands before it." : `${plural(ahead, "deployment")}${isMoreAhead ? " and more" : ""} ${Number(ahead) === 1 ? "stands" : "stand"} before it.` }),
    Number(ahead) > 0 && first.length > 0 ? h("p", { class: "small" }, "At the head: ", first.flatMap((item, index) => [index > 0 ? ", " : null,
      h("a", { href: `#/deployments/${item.deploymentId}`, text: nameOf({ name: item.name, id: item.deploymentId }) }), ` (${item.priority ?? 0})`])) : null);
}

function cluster(fit) {
  const [label, tone] = verdicts[fit.verdict] ?? ["Unknown", "ended"];
  return h("div", { class: "fit" }, h("span", { class: "strong clip", text: fit.clusterName }), h("span", { class: "badge plain", data: { tone }, text: label }),
    fit.words ? h("p", { class: "soft small", text: sentence(fit.words) }) : null);
}
