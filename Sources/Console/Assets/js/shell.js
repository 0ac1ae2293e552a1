// What stands around every view: navigation, organization, account and whether the page is live.
import { h, setText, show } from "./dom.js";
import { icon, mark } from "./icons.js";
import { live } from "./live.js";
import { state } from "./state.js";
import { isDark, switchTheme } from "./theme.js";
import { joinDialog, organizationDialog, shortcutsDialog } from "./dialogs.js";
import { button, openDialog } from "./parts.js";

const places = [
  ["overview", "Overview", "overview"], ["queue", "Queue", "queue"], ["deployments", "Deployments", "deployments"],
  ["clusters", "Clusters", "clusters"], ["scheduler", "Scheduler", "scheduler"], ["people", "People", "people"],
];
const linkWords = { here: "Live", connecting: "Connecting", "berthd-away": "Reconnecting", "console-away": "Reconnecting" };
const awayWords = { "berthd-away": "Reconnecting to berthd", "console-away": "Reconnecting to the console" };

export function shell({ onOrganization, onSignOut, onOrganizationsChanged }) {
  const links = [];
  const link = ([name, label, drawing], isSmall) => {
    const count = h("span", { class: "count", hidden: true });
    const element = h("a", { href: `#/${name}`, data: { place: name } }, icon(drawing, isSmall ? 21 : 18), h("span", { text: label }), count);
    links.push({ name, element, count });
    return element;
  };
  const switches = [];
  const organizationSwitch = () => {
    const select = h("select", { "aria-label": "Organization", on: { change: (event) => {
      const { value } = event.target;
      event.target.value = state.organization ?? "";
      if (value === "+create") organizationDialog(onOrganizationsChanged);
      else if (value === "+join") joinDialog(onOrganizationsChanged);
      else onOrganization(value);
    } } });
    switches.push(select);
    return select;
  };
  const states = [];
  const linkState = () => {
    const words = h("span");
    const element = h("div", { class: "link-state", role: "status" }, h("span", { class: "link-dot" }), words);
    states.push({ element, words });
    return element;
  };
  const themes = [];
  const themeButton = () => {
    const element = h("button", { type: "button", class: "button quiet icon small", "aria-label": "Switch between light and dark", title: "Light or dark (t)", on: { click: switchTheme } });
    themes.push(element);
    return element;
  };
  const name = state.caller?.user?.displayName || state.caller?.name || "";
  const avatar = () => h("span", { class: "avatar", "aria-hidden": "true", text: name.slice(0, 2) });
  const accountDialog = () => {
    const dialog = openDialog("Account",
      h("div", { class: "row" }, avatar(), h("div", { class: "grow" }, h("p", { class: "strong", text: name }), h("p", { class: "soft small", text: accountKind() }))),
      h("div", { class: "form-actions" }, button("Light or dark", { icon: isDark() ? "sun" : "moon", on: switchTheme }), button("Shortcuts", { icon: "help", on: shortcutsDialog }),
        button("Sign out", { icon: "leave", kind: "danger", on: () => { dialog.close(); onSignOut(); } })));
  };

  const sidebar = h("aside", { class: "sidebar" },
    h("a", { class: "brand", href: "#/overview" }, mark(), "Berth"),
    h("div", { class: "organization-switch" }, organizationSwitch()),
    h("nav", { class: "nav", "aria-label": "Main" }, places.map((place) => link(place, false))),
    h("div", { class: "sidebar-foot" },
      h("div", { class: "row spread" }, linkState(), h("div", { class: "row tight" },
        h("button", { type: "button", class: "button quiet icon small", "aria-label": "Keyboard shortcuts", title: "Shortcuts (?)", on: { click: shortcutsDialog } }, icon("help", 16)), themeButton())),
      h("div", { class: "account" }, avatar(), h("div", { class: "grow" },
        h("p", { class: "strong small clip", text: name, title: name }), h("p", { class: "soft small clip", text: accountKind() })),
      h("button", { type: "button", class: "button quiet icon small", "aria-label": "Sign out", title: "Sign out", on: { click: onSignOut } }, icon("leave", 16)))));
  const topbar = h("header", { class: "topbar" },
    h("a", { class: "brand", href: "#/overview", "aria-label": "Overview" }, mark()), organizationSwitch(), linkState(),
    h("button", { type: "button", class: "button quiet icon small", "aria-label": "Account", on: { click: accountDialog } }, avatar()));
  const bannerWords = h("span");
  const banner = h("div", { class: "banner", role: "alert", hidden: true }, h("span", { class: "spinner" }), bannerWords);
  const main = h("main", { id: "main", class: "page", tabindex: -1 });
  const bottom = h("nav", { class: "bottom-nav", "aria-label": "Main" }, places.map((place) => link(place, true)));
  const drawThemes = () => {
    for (const element of themes) show(element, icon(isDark() ? "sun" : "moon", 16));
  };
  drawThemes();
  addEventListener("theme", drawThemes);

  return {
    element: h("div", { class: "shell" }, sidebar, h("div", { class: "content" }, topbar, banner, main), bottom),
    show(view, place) {
      show(main, view.element);
      view.element.classList.add("stack");
      scrollTo(0, 0);
      for (const { name, element } of links) {
        if (name === place) element.setAttribute("aria-current", "page");
        else element.removeAttribute("aria-current");
      }
    },
    update() {
      for (const select of switches) drawOrganizations(select);
      for (const { element, words } of states) {
        element.dataset.state = live.state;
        setText(words, linkWords[live.state]);
      }
      const away = awayWords[live.state];
      banner.hidden = !away;
      setText(bannerWords, away ? `${away}… What you see is how it last was.` : "");
      const counts = { queue: live.count("QUEUED"), deployments: live.count("RUNNING", "STARTING", "SCHEDULED") };
      for (const { name, count } of links) {
        count.hidden = !counts[name];
        setText(count, String(counts[name] ?? ""));
      }
    },
  };
}

function accountKind() {
  if (state.isSuperAdmin) return "Administrator";
  if (state.caller?.kind === "KIND_SERVICE_ACCOUNT") return "Service account";
  return state.current ? state.current.role : "";
}

function drawOrganizations(select) {
  const options = [...state.organizations.map(({ id, name }) => [id, name]), ["+create", "Create an organization…"], ["+join", "Join by invite code…"]];
  const key = JSON.stringify(options);
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    show(select, state.organization === null ? h("option", { value: "", text: "No organization" }) : null, options.map(([value, text]) => h("option", { value, text })));
  }
  if (document.activeElement !== select) select.value = state.organization ?? "";
}
