// Long lists in pages: nothing that is not seen is drawn.
import { h, setText } from "../dom.js";
import { number } from "../format.js";
import { button } from "../parts.js";

const PAGE_ROWS = 50;

export function pages(onChange) {
  let page = 0;
  const words = h("span", { class: "soft small" });
  const turn = (by) => () => {
    page += by;
    onChange();
    element.closest("section")?.scrollIntoView({ block: "start" });
  };
  const previous = button("Previous", { kind: "small", on: turn(-1) });
  const next = button("Next", { kind: "small", on: turn(1) });
  const element = h("div", { class: "pager", hidden: true }, words, h("div", { class: "row tight" }, previous, next));
  return {
    element,
    first() { page = 0; },
    cut(items) {
      const count = Math.max(1, Math.ceil(items.length / PAGE_ROWS));
      page = Math.min(Math.max(page, 0), count - 1);
      const from = page * PAGE_ROWS;
      const shown = items.slice(from, from + PAGE_ROWS);
      element.hidden = count === 1;
      previous.disabled = page === 0;
      next.disabled = page === count - 1;
      setText(words, `${number(from + 1)} to ${number(from + shown.length)} of ${number(items.length)}`);
      return { from, items: shown };
    },
  };
}
