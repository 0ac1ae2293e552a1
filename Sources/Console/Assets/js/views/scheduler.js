// Who schedules, how much waits, and how that went lately.
import { h, setText, show } from "../dom.js";
import { live } from "../live.js";
import { chart } from "../chart.js";
import { duration, number, plural, secondsSince } from "../format.js";
import { command, empty } from "../parts.js";
import { panel } from "./overview.js";

const unknown = {
  "no-token": "This console has no administrator's token. Start berth-console with --token-file to see the scheduler here.",
  refused: "berthd refuses the console's own token: it is no administrator's, or has ended. Look at --token-file of berth-console.",
};

export function scheduler() {
  const lead = h("p", { class: "lead" });
  const tiles = h("div", { class: "tiles" });
  const load = chart({
    title: "All organizations", format: (value) => number(value, 1), top: () => 4,
    series: [{ name: "Holding resources", color: "var(--running)", value: ({ holding }) => holding }, { name: "Waiting", color: "var(--waiting)", value: ({ queued }) => queued }],
  });
  const rate = chart({
    title: "Placements a second", format: (value) => number(value, 2), top: () => 1,
    series: [{ name: "Placements a second", color: "var(--cpu)", value: ({ perSecond = 0 }) => perSecond }],
  });
  const waits = h("div", { class: "waits" });
  const shards = h("div", { class: "list shard-list" });
  const content = h("div", { class: "stack" }, tiles, h("div", { class: "columns" }, panel("Waiting and placed", load.element), panel("Placements", [rate.element, waits])), panel("Shards", shards, { isFlush: true }));
  const nothing = h("section", { class: "card", hidden: true });
  const timer = setInterval(update, 1000);

  function update() {
    const { scheduler: now } = live;
    if (!now) {
      setText(lead, live.isLoaded ? "Waiting for the scheduler's state…" : "");
      content.hidden = true;
      return;
    }
    const isKnown = !now.unknown;
    content.hidden = !isKnown;
    nothing.hidden = isKnown;
    if (!isKnown) {
      if (nothing.childElementCount === 0) show(nothing, empty({ icon: "scheduler", title: "The scheduler's state is not known here", words: unknown[now.unknown] ?? "", actions: [command("berth scheduler")] }));
      setText(lead, "One leader for each shard places deployments, fenced by its epoch.");
      return;
    }
    const all = now.shards ?? [];
    const led = all.filter(({ leader }) => leader).length;
    setText(lead, led === all.length ? "Each shard has a leader, fenced by its epoch." : `${plural(all.length - led, "shard")} without a leader: the next one takes over within seconds.`);
    drawTiles(tiles, now, all);
    load.update(live.schedulerSamples);
    rate.update(live.schedulerSamples);
    drawWaits(waits, live.placements);
    drawShards(shards, all);
  }

  return {
    title: "Scheduler",
    element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "Scheduler" }), lead)), nothing, content),
    update, close: () => clearInterval(timer),
  };
}

/** From the queue to the placement, of what was placed in the last quarter of an hour. */
function drawWaits(box, placements) {
  const words = (wait) => (wait === "more" ? "longer" : `≤ ${wait < 1 ? `${number(wait * 1000, 0)} ms` : wait < 60 ? `${number(wait, 1)} s` : duration(wait)}`);
  const isKnown = placements && placements.p50 !== null;
  const parts = isKnown ? [["Half waited", placements.p50], ["95% waited", placements.p95], ["99% waited", placements.p99]].map(([label, wait]) => [label, words(wait)]) : [];
  const text = JSON.stringify([parts, placements?.placements]);
  if (box.dataset.text === text) return;
  box.dataset.text = text;
  show(box, h("p", { class: "soft small", text: placements ? `${plural(placements.placements, "placement")} in the last quarter of an hour, or since the console began.` : "" }),
    isKnown ? h("dl", { class: "facts" }, parts.map(([label, value]) => h("div", {}, h("dt", { text: label }), h("dd", { text: value })))) : null);
}

function drawTiles(box, now, shards) {
  const tiles = [
    ["Waiting", number(now.queued ?? 0), now.oldestQueuedAt ? `Oldest waits ${duration(secondsSince(now.oldestQueuedAt))}` : "The queue is empty", "waiting"],
    ["Holding resources", number(now.holding ?? 0), "Placed, starting or running", "running"],
    ["Epoch", number(now.epoch ?? 0, 0), "Rises with each new term"],
    ["Shards", number(Math.max(1, shards.length)), leaderWords(shards)],
  ];
  while (box.children.length < tiles.length) {
    const [label, , , tone] = tiles[box.children.length];
    box.append(h("div", { class: "card tile" }, h("p", { class: "label" }, tone ? h("i", { data: { tone } }) : null, label), h("p", { class: "figure" }), h("p", { class: "soft small" })));
  }
  for (const [index, [, figure, words]] of tiles.entries()) {
    setText(box.children[index].children[1], figure);
    setText(box.children[index].children[2], words);
  }
}

function leaderWords(shards) {
  const leaders = new Set(shards.map(({ leader }) => leader).filter(Boolean)).size;
  return leaders === 1 ? "Led by 1 replica" : `Led by ${leaders} replicas`;
}

function drawShards(box, shards) {
  const key = JSON.stringify(shards.map((shard) => ({ ...shard, oldestQueuedAt: undefined })));
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  const cell = (label, text) => h("span", { class: "small" }, h("span", { class: "cell-label", text: `${label} ` }), text);
  show(box, h("div", { class: "list-head", "aria-hidden": "true" }, ["Shard", "Leader", "Epoch", "Waiting", "Holding", "Oldest wait"].map((text) => h("span", { text }))),
    shards.map(({ shard = 0, leader, epoch = 0, queued = 0, holding = 0, oldestQueuedAt }) => h("div", { class: "list-row" },
      h("span", { class: "strong", text: String(shard) }),
      leader ? h("span", { class: "mono clip", text: leader, title: leader }) : h("span", { class: "badge plain", data: { tone: "waiting" }, text: "nobody" }),
      cell("Epoch", number(epoch, 0)), cell("Waiting", number(queued)), cell("Holding", number(holding)), cell("Oldest", oldestQueuedAt ? duration(secondsSince(oldestQueuedAt)) : "none"))));
}
