// What is told of a value that is asked for, by pointer, by finger or by the arrow keys.
//
// What a mouse points at is shown while it does; what a finger taps, until the next tap. Escape takes either away.

import { element, setText } from "../shared/dom.js";

// Let the cells of a picture be asked. `grid()` gives {rows, columns}; `tell(index)` the text of a cell, or nothing.
// `announce(text)` is told of what the keyboard reaches.
export function inspectCells(canvas, grid, tell, announce) {
  const frame = canvas.parentElement;
  const tip = element("div", { class: "tip", "data-testid": "tip", hidden: true });
  const mark = element("span", { class: "mark", hidden: true });
  frame.append(mark, tip);
  let place = null;

  const point = (next) => {
    const { rows, columns } = grid();
    const text = next && tell(next[0] * columns + next[1]);
    tip.hidden = mark.hidden = !text;
    place = text ? next : null;
    if (!text) return;
    setText(tip, text);
    placeTip(tip, canvas);
    Object.assign(mark.style, {
      left: `${(100 * next[1]) / columns}%`,
      top: `${(100 * next[0]) / rows}%`,
      width: `${100 / columns}%`,
      height: `${100 / rows}%`,
    });
  };
  const under = (event) => {
    const { rows, columns } = grid();
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    return row >= 0 && row < rows && column >= 0 && column < columns ? [row, column] : null;
  };

  for (const name of ["pointermove", "pointerdown"]) {
    canvas.addEventListener(name, (event) => byMouse(event) && point(under(event)));
  }
  askByTap(canvas, (event) => point(under(event)));
  endAsking(canvas, tip, () => point(null));
  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const { rows, columns } = grid();
    const [down, right] = place ? steps[event.key] : [0, 0];
    const [row, column] = place ?? [0, 0];
    point([Math.min(rows - 1, Math.max(0, row + down)), Math.min(columns - 1, Math.max(0, column + right))]);
    if (place) announce(tip.textContent);
  });
  return { refresh: () => place && point(place) };
}

// The same for a list of items under each other; `pointed(index or null)` is told which of them is asked.
export function inspectItems(list, items, tell, announce, pointed) {
  const tip = element("p", { class: "tip below", "data-testid": "tip", hidden: true });
  let place = null;
  const point = (next) => {
    const text = next !== null && tell(next);
    place = text ? next : null;
    items.forEach((item, i) => item.classList.toggle("asked", i === place));
    tip.hidden = place === null;
    pointed(place);
    if (place === null) return;
    setText(tip, text);
    const item = items[place];
    tip.style.top = `${item.offsetTop + item.offsetHeight}px`;
    placeTip(tip, item);
  };
  items.forEach((item, i) => {
    for (const name of ["pointerenter", "pointerdown"]) {
      item.addEventListener(name, (event) => byMouse(event) && point(i));
    }
    askByTap(item, () => point(i));
  });
  endAsking(list, tip, () => point(null));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    point(place === null ? 0 : Math.min(items.length - 1, Math.max(0, place + step)));
    if (place !== null) announce(tip.textContent);
  });
  return { tip, refresh: () => place !== null && point(place) };
}

function byMouse(event) {
  return event.pointerType !== "touch";
}

// A finger that comes down may be about to scroll; then the browser cancels it. One that is lifted was a tap.
function askByTap(target, ask) {
  target.addEventListener("pointerup", (event) => {
    if (!byMouse(event)) ask(event);
  });
}

// A tip goes with the pointer or the focus, by Escape, and when a finger taps anywhere else.
function endAsking(target, tip, end) {
  target.addEventListener("pointerleave", (event) => byMouse(event) && end());
  target.addEventListener("blur", end);
  const elsewhere = (event) => {
    if (event.type === "keydown" ? event.key === "Escape" : !byMouse(event) && !event.composedPath().includes(target)) {
      end();
    }
  };
  new MutationObserver(() => {
    for (const name of ["keydown", "pointerdown"]) {
      if (tip.hidden) document.removeEventListener(name, elsewhere);
      else document.addEventListener(name, elsewhere);
    }
  }).observe(tip, { attributeFilter: ["hidden"] });
}

const EDGE = 4; // pixels between a tip and the edges of what can be seen

// A tip stands where the style sheet puts it, below or above what it tells of; from there it is moved as far as the
// screen's edges ask for, below the bar that stays on top of the page.
function placeTip(tip, anchor) {
  const move = (aside, along) => {
    tip.style.setProperty("--aside", `${aside}px`);
    tip.style.setProperty("--along", `${along}px`);
  };
  move(0, 0);
  tip.classList.remove("above");
  const below = tip.getBoundingClientRect();
  const edges = visiblePart(tip.closest(".component"));
  const { top } = anchor.getBoundingClientRect();
  tip.classList.toggle("above", below.bottom > edges.bottom && top - below.height - EDGE > edges.top);
  if (tip.classList.contains("above") && tip.classList.contains("below")) {
    tip.style.top = `${anchor.offsetTop - tip.offsetHeight}px`;
  }
  const box = tip.getBoundingClientRect();
  const within = (low, high, least, most) => Math.max(least - low, 0) || Math.min(most - high, 0);
  move(within(box.left, box.right, edges.left, edges.right), within(box.top, box.bottom, edges.top, edges.bottom));
}

function visiblePart(component) {
  const { left, right } = component.getBoundingClientRect();
  const bar = document.querySelector(".st-key-pages")?.getBoundingClientRect();
  return {
    left: Math.max(left, EDGE),
    right: Math.min(right, innerWidth - EDGE),
    top: Math.max(0, bar?.bottom ?? 0) + EDGE,
    bottom: innerHeight - EDGE,
  };
}
