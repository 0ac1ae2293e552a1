// Signing in, signing up.
import { h } from "../dom.js";
import { mark } from "../icons.js";
import { send } from "../rpc.js";
import { switchTheme } from "../theme.js";
import { button, field, form, tabbed, textInput } from "../parts.js";

/** While the console or berthd cannot be asked who is signed in. */
export function away(words) {
  return h("main", { class: "gate", id: "main", tabindex: -1 }, h("div", { class: "gate-inner" },
    h("h1", { class: "brand" }, mark(), "Berth"),
    h("div", { class: "card card-body stack tight" },
      h("p", { class: "row strong" }, h("span", { class: "spinner" }), "Reconnecting…"),
      h("p", { class: "soft", text: words }))));
}

export function gate({ notice, onSignedIn }) {
  const enter = (path) => async (request) => onSignedIn(await (await send(path, "POST", request)).json());
  const username = () => textInput({ autocomplete: "username", autocapitalize: "none", maxlength: 64 });
  const password = (kind) => h("input", { type: "password", autocomplete: kind, maxlength: 256 });

  const signIn = () => ({ element: form({
    fields: [field({ name: "username", label: "Username", input: username() }), field({ name: "password", label: "Password", input: password("current-password") })],
    action: "Sign in",
    submit: ({ username, password }) => enter("/console/session")({ username: username.trim(), password }),
  }) });
  const signUp = () => ({ element: form({
    fields: [
      field({ name: "username", label: "Username", hint: "3 to 64 small letters, digits, '.', '_' and '-'.", input: username() }),
      field({ name: "displayName", label: "Name (optional)", hint: "How others see you.", input: textInput({ autocomplete: "name", maxlength: 128 }) }),
      field({ name: "password", label: "Password", hint: "At least 12 characters.", input: password("new-password") }),
    ],
    action: "Create account",
    submit: ({ username, displayName, password }) => enter("/console/account")({ username: username.trim(), displayName: displayName.trim(), password }),
  }) });
  const byToken = () => ({ element: form({
    fields: [field({ name: "token", label: "Token", hint: "An API key, or the administrator's token from its file.", input: h("input", { type: "password", autocomplete: "off" }) })],
    action: "Sign in",
    submit: ({ token }) => enter("/console/token-session")({ password: token.trim() }),
  }) });

  const tabs = tabbed([["in", "Sign in", signIn], ["up", "Sign up", signUp], ["token", "By token", byToken]], {
    selected: "in", even: true, label: "How to sign in", onSelect: () => tabs.panel.querySelector("input")?.focus(),
  });
  tabs.panel.classList.add("card-body");
  return h("main", { class: "gate", id: "main", tabindex: -1 }, h("div", { class: "gate-inner" },
    h("h1", { class: "brand" }, mark(), "Berth"),
    notice ? h("p", { class: "notice", role: "status", text: notice }) : null,
    h("div", { class: "card" }, tabs.list, tabs.panel),
    h("div", { class: "gate-foot" }, button("Light or dark", { kind: "quiet small", on: switchTheme }))));
}
