// Light or dark: as the system has it, unless somebody chose.

const KEY = "berth-theme";

export function applyTheme() {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
}

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Switches; a choice that equals the system's is none. */
export function switchTheme() {
  const next = isDark() ? "light" : "dark";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  if (next === system) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, next);
  applyTheme();
  dispatchEvent(new Event("theme"));
}
