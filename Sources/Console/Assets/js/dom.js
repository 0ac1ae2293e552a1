// Elements without markup in strings: what comes from a server is only ever text.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element. `properties` may have: `class`, `text`, `on` (handlers by event), `data`
 * (data attributes), `style` (by property name); all others are attributes, left out if false or null.
 */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function s(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.setAttribute("class", value);
    else if (name === "text") element.textContent = value;
    else if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "data") {
      for (const [key, datum] of Object.entries(value)) element.dataset[key] = datum;
    } else if (name === "style") {
      for (const [key, rule] of Object.entries(value)) element.style.setProperty(key, rule);
    } else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replaces what is in `element`. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets text only where it differs: nothing is selected anew or announced twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Keeps the children of `container` in step with `items`, reusing those that stay. `make(item)`
 * answers `{ element, update(item) }`.
 */
export function keyed(container, make, keyOf) {
  const known = new Map();
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, part] of known) {
      if (!keys.has(key)) {
        part.element.remove();
        known.delete(key);
      }
    }
    let next = container.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      let part = known.get(key);
      if (!part) {
        part = make(item);
        known.set(key, part);
      }
      part.update(item);
      if (part.element === next) next = next.nextElementSibling;
      else container.insertBefore(part.element, next);
    }
  };
}

/** Arrow keys, Home and End move the focus among the elements that match. */
export function arrowKeys(container, selector, keys = { next: "ArrowDown", previous: "ArrowUp" }) {
  container.addEventListener("keydown", (event) => {
    const targets = [...container.querySelectorAll(selector)].filter((item) => item.offsetParent !== null);
    const at = targets.indexOf(event.target.closest(selector));
    if (at < 0 || event.target.matches("input, textarea, select")) return;
    const to = { [keys.next]: at + 1, [keys.previous]: at - 1, Home: 0, End: targets.length - 1 }[event.key];
    if (to === undefined || !targets[to]) return;
    event.preventDefault();
    targets[to].focus();
    if (keys.activates) targets[to].click();
  });
}

/** Tells people who listen to the page. */
export function announce(words) {
  document.getElementById("announcer").textContent = words;
}
