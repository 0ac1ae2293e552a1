// Lines over time, drawn from samples.
import { h, s, show } from "./dom.js";
import { clock } from "./format.js";

const LEAST_WIDTH = 240;
const HEIGHT = 190;
const LEFT = 40;
const BOTTOM = 24;
const TOP = 8;

/**
 * A chart. `series`: `{ name, color, value(sample) }`; `format(value)` for the axis and the legend;
 * `top(samples)` answers the least upper end of the axis. `update(samples)` draws.
 */
export function chart({ title, series, format, top = () => 1 }) {
  const figure = h("figure", { class: "chart" });
  let shown = [];
  let width = 0;
  const watch = new ResizeObserver(() => {
    if (figure.clientWidth !== width) draw();
  });
  watch.observe(figure);
  function draw() {
    width = figure.clientWidth;
    if (shown.length < 2) show(figure, h("p", { class: "chart-wait" }, "The line begins with the next sample, within a few seconds."));
    else show(figure, legend(series, shown, format), drawing(title, series, shown, format, top, Math.max(LEAST_WIDTH, width)));
  }
  return {
    element: figure,
    update(samples) {
      const key = `${samples.length} ${samples.at(-1)?.at}`;
      if (figure.dataset.samples === key) return;
      figure.dataset.samples = key;
      shown = [...samples];
      draw();
    },
  };
}

function legend(series, samples, format) {
  const last = samples.at(-1);
  return h("ul", { class: "legend" }, series.map(({ name, color, value }) =>
    h("li", {}, h("i", { style: { background: color } }), name, h("b", { text: format(value(last)) }))));
}

/** In the pixels that it has: text is as large in a narrow chart as in a wide one. */
function drawing(title, series, samples, format, top, width) {
  const times = samples.map((sample) => Date.parse(sample.at));
  const [begin, end] = [times[0], times.at(-1)];
  const most = Math.max(...series.flatMap(({ value }) => samples.map(value)), 0);
  const upper = niceTop(Math.max(most, top(samples)));
  const x = (time) => LEFT + ((time - begin) / Math.max(1, end - begin)) * (width - LEFT - 4);
  const y = (value) => TOP + (1 - value / upper) * (HEIGHT - TOP - BOTTOM);
  const words = `${title}, from ${clock(begin)} to ${clock(end)}. ` + series.map(({ name, value }) => `${name} now ${format(value(samples.at(-1)))}`).join(", ") + ".";
  const svg = s("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": words }, s("title", { text: words }));
  for (const part of [0, 0.5, 1]) {
    const at = y(upper * part);
    svg.append(
      s("line", { class: "grid-line", x1: LEFT, x2: width, y1: at, y2: at }),
      s("text", { class: "axis", x: LEFT - 8, y: at + 4, "text-anchor": "end", text: format(upper * part) }));
  }
  svg.append(
    s("text", { class: "axis", x: LEFT, y: HEIGHT - 5, text: clock(begin) }),
    s("text", { class: "axis", x: width, y: HEIGHT - 5, "text-anchor": "end", text: clock(end) }));
  for (const { value, color } of series) {
    const points = samples.map((sample, index) => `${x(times[index]).toFixed(1)} ${y(value(sample)).toFixed(1)}`);
    const line = `M${points.join("L")}`;
    svg.append(
      s("path", { class: "area", d: `${line}L${x(end).toFixed(1)} ${y(0)}L${x(begin)} ${y(0)}Z`, style: { fill: color } }),
      s("path", { class: "series", d: line, style: { stroke: color } }));
  }
  return svg;
}

/** The next of 1, 2, 4, 10, 20, 40…: halves of counts are counts. */
function niceTop(value) {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 10].map((factor) => factor * power).find((candidate) => candidate >= value);
}
