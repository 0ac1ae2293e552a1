// The icons, drawn on a grid of 20 by 20.
import { s } from "./dom.js";

const paths = {
  overview: "M3 10.5 10 4l7 6.5M5 9v7h10V9",
  queue: "M4 5h12M4 10h9M4 15h6",
  deployments: "M10 3 3.5 6.5v7L10 17l6.5-3.5v-7L10 3ZM3.8 6.7 10 10l6.2-3.3M10 10v7",
  clusters: "M4 4h12v4.5H4zM4 11.5h12V16H4zM7 6.25h.01M7 13.75h.01",
  scheduler: "M10 5.5V10l3 2M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  people: "M7.5 9a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM2.5 16.5c0-2.8 2.2-4.5 5-4.5s5 1.7 5 4.5M13 4a2.6 2.6 0 0 1 0 5M14.5 12.2c1.8.5 3 2 3 4.3",
  plus: "M10 4v12M4 10h12",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
  close: "M5 5l10 10M15 5 5 15",
  copy: "M7 7V4h9v9h-3M4 7h9v9H4z",
  check: "M4.5 10.5 8.5 14.5 15.5 6.5",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3Z",
  leave: "M8 4H4v12h4M9 10h8M14 7l3 3-3 3",
  arrow: "M4 10h12M11 5l5 5-5 5",
  bulb: "M7.5 14.5h5M8.5 17h3M6.5 11.5a4.7 4.7 0 1 1 7 0c-.7.7-1 1.6-1 3h-5c0-1.4-.3-2.3-1-3Z",
  clock: "M10 6v4l2.5 1.5M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  turning: "M16 10a6 6 0 1 1-2-4.5M14 2.5v3h-3",
  play: "M7 5v10l8-5-8-5Z",
  cross: "M6 6l8 8M14 6l-8 8",
  stop: "M6 6h8v8H6z",
  key: "M12.5 9.5a3 3 0 1 0-2.6-1.5L4 14v2h3v-2h2v-2l1.5-1.6c.6.1 1.3.1 2-.4Z",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.8M10 14.5h.01",
  boat: "M3 11.5h14l-2 4.5H5l-2-4.5ZM6 11V7h8v4M10 7V3.5",
};

/** An icon; decorative unless it has a title. */
export function icon(name, size = 18, title = null) {
  return s("svg", {
    viewBox: "0 0 20 20", width: size, height: size, fill: "none", stroke: "currentColor", "stroke-width": 1.7,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": title ? null : "true", role: title ? "img" : null,
  }, title ? s("title", { text: title }) : null, s("path", { d: paths[name] ?? "" }));
}

/** The mark of the brand. */
export function mark() {
  return s("svg", { viewBox: "0 0 32 32", "aria-hidden": "true" },
    s("rect", { width: 32, height: 32, rx: 8, fill: "var(--accent)" }),
    s("path", { d: "M9 6.5v19", stroke: "var(--on-accent)", "stroke-width": 2.6, "stroke-linecap": "round" }),
    s("path", { d: "M13.5 9.5h9M13.5 16h12M13.5 22.5h6", stroke: "var(--on-accent)", "stroke-opacity": 0.72, "stroke-width": 4, "stroke-linecap": "round" }));
}
