// The page: who is signed in, which view the address names, and what is live.
import { announce, show } from "./dom.js";
import { CallError, call, send, useSession } from "./rpc.js";
import { live } from "./live.js";
import { state } from "./state.js";
import { applyTheme, switchTheme } from "./theme.js";
import { nameOf, stateOf, stateWords } from "./format.js";
import { deployDialog, shortcutsDialog } from "./dialogs.js";
import { toast } from "./parts.js";
import { shell } from "./shell.js";
import { away, gate } from "./views/gate.js";
import { welcome } from "./views/welcome.js";
import { overview } from "./views/overview.js";
import { queue } from "./views/queue.js";
import { deployments } from "./views/deployments.js";
import { deployment } from "./views/deployment.js";
import { clusters } from "./views/clusters.js";
import { scheduler } from "./views/scheduler.js";
import { people } from "./views/people.js";

const views = { overview, queue, deployments, clusters, scheduler, people };
const letters = { o: "overview", q: "queue", d: "deployments", c: "clusters", s: "scheduler", p: "people" };
const AGAIN_MILLISECONDS = 1_500;
const app = document.getElementById("app");

let frame = null; // The shell, while somebody is signed in.
let view = null;
let isDrawing = false;

// MARK: Sessions

async function start(notice = "") {
  try {
    enter(await (await send("/console/session", "GET")).json());
  } catch (error) {
    if (error instanceof CallError && error.isSignedOut) showGate(notice);
    else showAway(error, notice);
  }
}

function enter({ requestToken, caller }) {
  useSession(requestToken, () => signedOut("Your session has ended. Sign in to go on where you were."));
  state.caller = caller;
  loadOrganizations().catch((error) => {
    if (!error.isSignedOut) showAway(error);
  });
}

async function loadOrganizations(selected = null) {
  const caller = await call("UserService/WhoAmI");
  state.caller = caller;
  const own = (caller.memberships ?? []).map(({ organizationId, organizationName, role }) => ({ id: organizationId, name: organizationName, role }));
  const all = state.isSuperAdmin ? await allOrganizations() : [];
  state.takeOrganizations([...own, ...all.filter(({ id }) => !own.some((organization) => organization.id === id))]);
  if (selected) state.select(selected);
  showShell();
}

async function allOrganizations() {
  const { organizations = [] } = await call("OrganizationService/ListOrganizations", { page: { size: 500 } });
  return organizations.map(({ id, name }) => ({ id, name, role: "administrator" }));
}

async function signOut() {
  try {
    await send("/console/session", "DELETE");
  } catch { /* The page forgets it all the same. */ }
  signedOut("You are signed out.");
}

function signedOut(notice) {
  useSession(null, () => {});
  live.leave();
  state.clear();
  for (const dialog of document.querySelectorAll("dialog")) dialog.remove();
  showGate(notice);
}

/** Nothing can be shown yet: it is tried again until it can. */
function showAway(error, notice = "") {
  show(app, away(error.message));
  setTimeout(() => start(notice), AGAIN_MILLISECONDS);
}

function showGate(notice = "") {
  view?.close?.();
  view = null;
  frame = null;
  document.title = "Sign in · Berth";
  show(app, gate({ notice, onSignedIn: enter }));
  app.querySelector("input")?.focus();
}

// MARK: Views

function showShell() {
  frame = shell({ onOrganization: chooseOrganization, onSignOut: signOut, onOrganizationsChanged: loadOrganizations });
  show(app, frame.element);
  live.follow(state.organization, streamEnded);
  route();
}

function chooseOrganization(id) {
  state.select(id);
  live.follow(id, streamEnded);
  if (location.hash.split("/").length > 2) location.hash = `#/${location.hash.split("/")[1]}`;
  else route();
}

/** Whether the stream of events is to be opened again. */
async function streamEnded(reason) {
  if (reason === "noAccess") {
    toast("You have no access to this organization any more.", "failed");
    await loadOrganizations();
    return false;
  }
  try {
    await send("/console/session", "GET");
    return true;
  } catch (error) {
    if (!error.isSignedOut) return true;
    if (state.caller) signedOut("Your session has ended, or the console was restarted. Sign in to go on where you were.");
    return false;
  }
}

function route() {
  if (!frame) return;
  const [, name = "overview", id] = location.hash.split("/");
  view?.close?.();
  const make = state.organization === null ? welcome : name === "deployments" && id ? deployment : views[name] ?? overview;
  view = make({ id: id && decodeURIComponent(id.split("?")[0]), onOrganizationsChanged: loadOrganizations });
  frame.show(view, views[name] ? name : "overview");
  document.title = `${view.title} · Berth`;
  draw();
}

/** At most once a frame, however much changes. */
function draw(changed = new Set(["all"])) {
  pending = new Set([...pending, ...changed]);
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const all = pending;
    pending = new Set();
    frame?.update();
    view?.update?.(all);
  });
}
let pending = new Set();

live.addEventListener("change", ({ detail }) => {
  draw(detail.changed);
  const words = detail.moved.slice(0, 3).map((item) => `${nameOf(item)}: ${stateWords(stateOf(item)).label}`);
  if (words.length > 0) announce(words.join(". "));
});

// MARK: Keyboard

let isGoing = false;

addEventListener("keydown", (event) => {
  if (!frame || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, dialog")) return;
  if (isGoing && letters[event.key]) {
    isGoing = false;
    location.hash = `#/${letters[event.key]}`;
    return;
  }
  isGoing = false;
  const actions = {
    "/": () => document.querySelector("[type=search]")?.focus(),
    "?": shortcutsDialog,
    "n": () => { if (state.mayDeploy && state.organization) deployDialog(); },
    "t": switchTheme,
    "g": () => {
      isGoing = true;
      setTimeout(() => { isGoing = false; }, 1500);
    },
  };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});

addEventListener("hashchange", route);
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main")?.focus();
});

applyTheme();
start();
