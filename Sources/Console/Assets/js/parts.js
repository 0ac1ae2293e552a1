// The parts that pages are put together from.
import { h, setText, show } from "./dom.js";
import { icon } from "./icons.js";
import { absolute, ago, stateWords } from "./format.js";

let lastID = 0;
const nextID = () => `part-${++lastID}`;

/** A state as shape, words and color: never by color alone. */
export function badge(state) {
  const element = h("span", { class: "badge" });
  let shown;
  const update = (next) => {
    if (next === shown) return;
    shown = next;
    const { label, tone, icon: name } = stateWords(next);
    element.dataset.tone = tone;
    element.dataset.state = next;
    show(element, icon(name, 12), label);
  };
  update(state);
  return { element, update };
}

/** A time relative to now, absolute in its title. Goes on by itself. */
export function time(value) {
  const element = h("time", { class: "time" });
  const update = (next) => {
    element.dataset.time = next ?? "";
    if (next) element.dateTime = next;
    element.title = absolute(next);
    setText(element, ago(next));
  };
  update(value);
  return { element, update };
}

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-time]")) setText(element, ago(element.dataset.time));
}, 5000);

/** A bar of what is used of a whole. */
export function meter(dimension, label, { used, whole, words }) {
  const figure = h("span", { class: "soft" });
  const fill = h("div", { class: "meter-fill" });
  const track = h("div", { class: "meter-track", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
  const element = h("div", { class: "meter", data: { dimension } }, h("div", { class: "meter-head" }, h("span", { text: label }), figure), track);
  const update = ({ used, whole, words }) => {
    const part = whole > 0 ? Math.min(1, used / whole) : 0;
    fill.style.transform = `scaleX(${part.toFixed(4)})`;
    track.setAttribute("aria-valuenow", Math.round(part * 100));
    track.setAttribute("aria-valuetext", words);
    setText(figure, words);
  };
  update({ used, whole, words });
  return { element, update };
}

export function button(label, { kind = "", icon: name, on, ...rest } = {}) {
  return h("button", { type: "button", class: `button ${kind}`, on: on ? { click: on } : {}, ...rest }, name ? icon(name) : null, label);
}

/** Runs an action with its button shown as busy; what fails is told in a toast. */
export async function busily(element, action) {
  if (element.getAttribute("aria-disabled") === "true") return;
  element.setAttribute("aria-disabled", "true");
  const turning = h("span", { class: "spinner" });
  element.prepend(turning);
  try {
    return await action();
  } catch (error) {
    toast(error.message, "failed");
  } finally {
    turning.remove();
    element.removeAttribute("aria-disabled");
  }
}

export function toast(words, tone = "good") {
  const element = h("div", { class: "toast", data: { tone }, role: tone === "failed" ? "alert" : null },
    h("p", { class: "grow", text: words }),
    h("button", { class: "button quiet icon small", type: "button", "aria-label": "Dismiss", on: { click: () => element.remove() } }, icon("close", 14)));
  const toasts = document.getElementById("toasts");
  toasts.append(element);
  while (toasts.children.length > 3) toasts.firstElementChild.remove();
  setTimeout(() => element.remove(), tone === "failed" ? 12_000 : 5_000);
}

/** A command to copy. */
export function command(text, { wrap = false } = {}) {
  return h("div", { class: `command ${wrap ? "wrap" : ""}` }, h("code", { text, tabindex: 0 }), copyButton(text));
}

export function copyButton(text, label = "Copy") {
  const element = h("button", { class: "button quiet icon small", type: "button", "aria-label": label, title: label }, icon("copy", 15));
  element.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      show(element, icon("check", 15));
      setTimeout(() => show(element, icon("copy", 15)), 1500);
    } catch {
      toast("The browser does not let this page copy. Select the text instead.", "failed");
    }
  });
  return element;
}

export function empty({ icon: name = "boat", title, words, actions = [] }) {
  return h("div", { class: "empty" }, icon(name, 56), h("h3", { text: title }), h("p", { text: words }), ...actions);
}

/** A field of a form, under the name that the server's errors have for it. */
export function field({ name, label, hint, input, suffix }) {
  const id = nextID();
  input.id = id;
  input.name = name;
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const describedBy = [hint ? `${id}-hint` : null, `${id}-error`].filter(Boolean).join(" ");
  input.setAttribute("aria-describedby", describedBy);
  return h("div", { class: "field", data: { field: name } },
    h("label", { for: id, text: label }),
    suffix ? h("div", { class: "suffixed" }, input, h("span", { text: suffix, "aria-hidden": "true" })) : input,
    hint ? h("p", { class: "hint", id: `${id}-hint`, text: hint }) : null, error);
}

export const textInput = (properties = {}) => h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...properties });

export function choice(options, value, properties = {}) {
  const element = h("select", properties, options.map(([key, label]) => h("option", { value: key }, label)));
  element.value = value;
  return element;
}

/**
 * A form that keeps what was typed when it fails and says which field is wrong. `submit(values)`
 * may throw a CallError; `fieldNames` says which input an error's field belongs to.
 */
export function form({ fields, action, submit, secondary = [], foot = false, fieldNames = {} }) {
  const failure = h("div", { class: "form-error", role: "alert", hidden: true });
  const send = h("button", { type: "submit", class: "button primary" }, action);
  const element = h("form", { class: "form", novalidate: true }, ...fields, failure,
    h("div", { class: `form-actions ${foot ? "dialog-foot" : ""}` }, ...secondary, send));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.getAttribute("aria-disabled") === "true") return;
    clearErrors(element, failure);
    await busy(send, async () => {
      try {
        await submit(valuesOf(element));
      } catch (error) {
        showErrors(element, failure, error, fieldNames);
      }
    });
  });
  element.addEventListener("input", (event) => clearError(event.target));
  return element;
}

async function busy(send, body) {
  send.setAttribute("aria-disabled", "true");
  const turning = h("span", { class: "spinner" });
  send.prepend(turning);
  await body();
  turning.remove();
  send.removeAttribute("aria-disabled");
}

export function valuesOf(element) {
  return Object.fromEntries([...element.elements].filter((input) => input.name).map((input) =>
    [input.name, input.type === "checkbox" ? input.checked : input.value]));
}

function clearErrors(element, failure) {
  failure.hidden = true;
  for (const input of element.elements) clearError(input);
}

function clearError(input) {
  if (!input.hasAttribute?.("aria-invalid")) return;
  input.removeAttribute("aria-invalid");
  const error = document.getElementById(`${input.id}-error`);
  if (error) error.hidden = true;
}

function showErrors(element, failure, error, fieldNames) {
  const rest = [];
  let first = null;
  for (const { field: name, description } of error.fields ?? []) {
    const names = [fieldNames[name], name, name.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase()), name.split(".").pop()];
    const input = names.map((candidate) => candidate && element.elements.namedItem(candidate)).find((found) => found?.id);
    if (!input) {
      rest.push(`${name}: ${description}`);
      continue;
    }
    input.setAttribute("aria-invalid", "true");
    input.closest("details")?.setAttribute("open", "");
    const words = document.getElementById(`${input.id}-error`);
    words.textContent = description.charAt(0).toUpperCase() + description.slice(1);
    words.hidden = false;
    first ??= input;
  }
  if (!first || rest.length > 0) {
    failure.textContent = rest.length > 0 ? rest.join("; ") : error.message;
    failure.hidden = false;
  }
  first?.focus();
}

/** A dialog: Esc closes it, the focus goes back to where it was. */
export function openDialog(title, ...content) {
  const before = document.activeElement;
  const headID = nextID();
  const close = h("button", { class: "button quiet icon small", type: "button", "aria-label": "Close" }, icon("close", 16));
  const body = h("div", { class: "dialog-body" }, ...content);
  const element = h("dialog", { "aria-labelledby": headID },
    h("div", { class: "dialog-head" }, h("h2", { id: headID, text: title }), close), body);
  close.addEventListener("click", () => element.close());
  element.addEventListener("close", () => {
    element.remove();
    before?.focus?.();
  });
  // A press that begins and ends beside it.
  element.addEventListener("pointerdown", (event) => {
    if (event.target === element) element.close();
  });
  document.body.append(element);
  element.showModal();
  body.querySelector("input:not([type=hidden]), select, textarea, .button.primary")?.focus();
  return { element, body, close: () => element.close() };
}

/** Asks before something that cannot be undone. */
export function confirmed({ title, words, action, run }) {
  const dialog = openDialog(title, h("p", { text: words }));
  const go = button(action, { kind: "danger", on: () => busily(go, async () => {
    await run();
    dialog.close();
  }) });
  const back = button("Keep it", { on: () => dialog.close() });
  dialog.body.append(h("div", { class: "form-actions" }, back, go));
  back.focus();
}

/** Tabs with arrow keys. `tabs`: `[key, label, make]`; the made panel may have `close()`. */
export function tabbed(tabs, { selected, onSelect = () => {}, even = false, label }) {
  const panelID = nextID();
  const panel = h("div", { role: "tabpanel", id: panelID, tabindex: -1 });
  let current = null;
  const buttons = tabs.map(([key, words]) => h("button", {
    type: "button", role: "tab", "aria-controls": panelID, data: { key }, on: { click: () => select(key) },
  }, words));
  const list = h("div", { class: `tabs ${even ? "even" : ""}`, role: "tablist", "aria-label": label }, buttons);
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons[to].focus();
    buttons[to].click();
  });
  function select(key, isFirst = false) {
    const tab = tabs.find((candidate) => candidate[0] === key) ?? tabs[0];
    for (const [index, element] of buttons.entries()) {
      const isSelected = tabs[index] === tab;
      element.setAttribute("aria-selected", isSelected);
      element.tabIndex = isSelected ? 0 : -1;
      if (isSelected) panel.setAttribute("aria-label", element.textContent);
    }
    current?.close?.();
    current = tab[2]();
    show(panel, current.element);
    if (!isFirst) onSelect(tab[0]);
  }
  select(selected, true);
  return { list, panel, select, close: () => current?.close?.(), get current() { return current; } };
}
