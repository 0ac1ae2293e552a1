// Amounts, times and states in words.

const GIB = 2 ** 30;

/** At most `digits` behind the point, none that says nothing. */
export function number(value, digits = 1) {
  return Number(value).toLocaleString("en", { maximumFractionDigits: digits });
}

export const cores = (millis) => number(Number(millis ?? 0) / 1000, 2);
export const devices = (millis) => number(Number(millis ?? 0) / 1000, 2);

export function bytes(value) {
  const amount = Number(value ?? 0);
  const units = [[2 ** 50, "PiB"], [2 ** 40, "TiB"], [GIB, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]];
  const [factor, unit] = units.find(([factor]) => amount >= factor) ?? [1, "B"];
  return `${number(amount / factor)} ${unit}`;
}

export function amounts(resources = {}) {
  const parts = [`${cores(resources.cpuMillis)} CPU`, bytes(resources.memoryBytes)];
  if (Number(resources.gpuMillis ?? 0) > 0) parts.push(`${devices(resources.gpuMillis)} GPU`);
  return parts.join(" · ");
}

export const gibibytes = (text) => Math.round(Number(text) * GIB);

export const share = (part, whole) => (Number(whole) > 0 ? Math.min(1, Number(part) / Number(whole)) : 0);

/** Seconds in the two units that matter. */
export function duration(seconds) {
  const all = Math.max(0, Math.round(seconds));
  const units = [["d", Math.floor(all / 86400)], ["h", Math.floor(all / 3600) % 24], ["m", Math.floor(all / 60) % 60], ["s", all % 60]];
  const first = units.findIndex(([, count]) => count > 0);
  if (first < 0) return "0 s";
  return units.slice(first, first + 2).filter(([, count]) => count > 0).map(([unit, count]) => `${count} ${unit}`).join(" ");
}

export const secondsSince = (time) => (Date.now() - Date.parse(time)) / 1000;

export function ago(time) {
  if (!time) return "never";
  const seconds = secondsSince(time);
  if (seconds < 5) return "just now";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}

export function absolute(time) {
  return time ? new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" }) : "";
}

export function clock(time) {
  return new Date(time).toLocaleTimeString("en-GB");
}

const states = {
  QUEUED: ["Waiting", "waiting", "clock"],
  SCHEDULED: ["Placed", "starting", "turning"],
  STARTING: ["Starting", "starting", "turning"],
  RUNNING: ["Running", "running", "play"],
  COMPLETED: ["Completed", "ended", "check"],
  FAILED: ["Failed", "failed", "cross"],
  CANCELLED: ["Cancelled", "ended", "stop"],
};

/** A deployment's state without its prefix. */
export const stateOf = (deployment) => (deployment.state ?? "").replace("DEPLOYMENT_STATE_", "");

export function stateWords(state) {
  const [label, tone, icon] = states[state] ?? ["Unknown", "ended", "help"];
  return { label, tone, icon };
}

export const isEnded = (state) => ["COMPLETED", "FAILED", "CANCELLED"].includes(state);
export const isQueued = (state) => state === "QUEUED";

/** What people call a deployment. */
export function nameOf(deployment) {
  return deployment.name || (deployment.image ?? "").split("/").pop() || deployment.id;
}

export const sentence = (words = "") => words.charAt(0).toUpperCase() + words.slice(1);

/** A reason is words, or a code, or a code, a colon and words. */
export function reasonWords(reason) {
  if (!reason) return "";
  const [code, ...words] = reason.split(": ");
  const isCode = /^[a-z_-]+$/.test(code);
  return sentence(words.length > 0 && isCode ? words.join(": ") : isCode ? code.replaceAll(/[-_]/g, " ") : reason);
}

export const plural = (count, word) => `${number(count, 0)} ${word}${Number(count) === 1 ? "" : "s"}`;
