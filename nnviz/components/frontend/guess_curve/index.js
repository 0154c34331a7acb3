// A curve that is drawn as a guess: with a pointer or a finger along the places of an axis, or with keys, which go from
// place to place and move the curve there up and down.
//
// data: {along: names of the places, low, high, parts: whether numbers are parts of a whole, x, y: titles of the axes,
// start: numbers or null, still: whether it can be changed no more}. Sends `chosen`: a number for each place.

import { instanceAt, setText } from "../shared/dom.js";
import { decimal, percent } from "../shared/text.js";
import { say } from "../shared/words.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 720;
const HEIGHT = 400;
const SIDE = { left: 84, right: 24, top: 20, bottom: 74 };
const STEPS = 50; // of a key, from the lowest to the highest
const KEYS = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 };

/**
 * The numbers after a stroke from one place to another: those between lie on the line. A curve that was not there yet
 * is as high everywhere as where it was begun, so that it is whole from the start.
 * @param {number[] | null} values
 * @param {number} n of the places
 * @param {{place: number, value: number}} from
 * @param {{place: number, value: number}} to
 */
export function drawn(values, n, from, to) {
  const next = values ? [...values] : new Array(n).fill(to.value);
  const [first, last] = from.place <= to.place ? [from, to] : [to, from];
  for (let place = first.place; place <= last.place; place++) {
    const way = last.place === first.place ? 1 : (place - first.place) / (last.place - first.place);
    next[place] = first.value + (last.value - first.value) * way;
  }
  next[to.place] = to.value;
  return next;
}

class GuessCurve {
  constructor(root) {
    this.plot = root.querySelector(".plot");
    this.says = root.querySelector(".says");
    /** @type {number[] | null} */
    this.values = null;
    this.at = 0;
    /** @type {{place: number, value: number} | null} */
    this.last = null;
    this.plot.addEventListener("pointerdown", (event) => this.begin(event));
    this.plot.addEventListener("pointermove", (event) => this.move(event));
    this.plot.addEventListener("pointerup", () => this.end());
    this.plot.addEventListener("pointercancel", () => this.end());
    this.plot.addEventListener("keydown", (event) => this.press(event));
    this.plot.addEventListener("keyup", (event) => event.key in KEYS && this.give());
  }

  show(data, send) {
    this.send = send;
    const told = JSON.stringify(data);
    if (this.told === told) return;
    this.told = told;
    this.data = { ...data, along: [...data.along] };
    if (!this.last) this.values = data.start ? [...data.start] : null;
    this.at = Math.min(this.at, data.along.length - 1);
    this.plot.classList.toggle("still", data.still);
    this.plot.setAttribute("aria-label", say("Your guess, a curve: {y} over {x}", { x: data.x, y: data.y }));
    this.plot.setAttribute("aria-valuemin", String(data.low));
    this.plot.setAttribute("aria-valuemax", String(data.high));
    this.plot.setAttribute("aria-disabled", String(data.still));
    this.paint();
  }

  x(place) {
    return SIDE.left + (WIDTH - SIDE.left - SIDE.right) * place / (this.data.along.length - 1);
  }

  y(value) {
    const { low, high } = this.data;
    return HEIGHT - SIDE.bottom - (HEIGHT - SIDE.top - SIDE.bottom) * (value - low) / (high - low);
  }

  /** Where in the axes a pointer is. */
  under(event) {
    const { low, high, along } = this.data;
    const box = this.plot.querySelector("svg").getBoundingClientRect();
    const x = (event.clientX - box.left) * WIDTH / box.width;
    const y = (event.clientY - box.top) * HEIGHT / box.height;
    const across = (x - SIDE.left) / (WIDTH - SIDE.left - SIDE.right);
    const up = (HEIGHT - SIDE.bottom - y) / (HEIGHT - SIDE.top - SIDE.bottom);
    const within = (part) => Math.min(1, Math.max(0, part));
    return {
      place: Math.round(within(across) * (along.length - 1)),
      value: low + (high - low) * Math.round(within(up) * 200) / 200,
    };
  }

  begin(event) {
    if (this.data.still || event.button > 0) return;
    this.plot.setPointerCapture(event.pointerId);
    this.last = this.under(event);
    this.draw(this.last, this.last);
  }

  move(event) {
    if (!this.last) return;
    const here = this.under(event);
    this.draw(this.last, here);
    this.last = here;
  }

  end() {
    if (!this.last) return;
    this.last = null;
    this.give();
  }

  draw(from, to) {
    this.values = drawn(this.values, this.data.along.length, from, to);
    this.at = to.place;
    this.paint();
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { along, low, high, still } = this.data;
    const ends = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: along.length - 1 };
    if (event.key in ends) {
      this.at = Math.min(along.length - 1, Math.max(0, ends[event.key]));
      this.paint();
    } else if (event.key in KEYS && !still) {
      const before = this.values?.[this.at] ?? (low + high) / 2;
      const value = Math.min(high, Math.max(low, before + KEYS[event.key] * (high - low) / STEPS));
      const here = { place: this.at, value };
      this.draw(here, here);
    } else {
      return;
    }
    event.preventDefault();
  }

  give() {
    if (this.values && !this.data.still) this.send(this.values.map((value) => Number(value.toFixed(6))));
  }

  written(value) {
    const { low, high, parts } = this.data;
    return parts ? percent(value, 0) : decimal(value, high - low > 20 ? 0 : high - low > 1 ? 2 : 3);
  }

  paint() {
    const { along, low, high, x, y } = this.data;
    const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
    const [right, bottom] = [WIDTH - SIDE.right, HEIGHT - SIDE.bottom];
    svg.append(
      make("rect", { class: "frame", x: SIDE.left, y: SIDE.top, width: right - SIDE.left, height: bottom - SIDE.top }),
    );
    for (let i = 0; i <= 4; i++) {
      const value = low + (high - low) * i / 4;
      const at = this.y(value);
      svg.append(make("line", { class: "grid", x1: SIDE.left, x2: right, y1: at, y2: at }));
      if (i % 2 === 0) svg.append(text(this.written(value), SIDE.left - 10, at + 6, "end"));
    }
    for (const place of shownPlaces(along.length)) {
      svg.append(text(along[place], this.x(place), bottom + 26, "middle"));
    }
    svg.append(text(x, (SIDE.left + right) / 2, HEIGHT - 12, "middle", "title"));
    if (this.values) {
      const points = this.values.map((value, place) => `${this.x(place).toFixed(1)},${this.y(value).toFixed(1)}`);
      svg.append(make("polyline", { class: "drawn", points: points.join(" ") }));
      svg.append(make("circle", { class: "at", cx: this.x(this.at), cy: this.y(this.values[this.at]), r: 9 }));
    } else {
      const hint = text(
        say("Draw your guess here"),
        (SIDE.left + right) / 2,
        (SIDE.top + bottom) / 2,
        "middle",
        "hint",
      );
      svg.append(hint);
    }
    this.plot.replaceChildren(svg);
    const value = this.values?.[this.at];
    const said = value === undefined
      ? say("Nothing is drawn yet. With keys: arrows.")
      : say("{x} {place}: {value}", { x, place: along[this.at], value: this.written(value) });
    this.plot.setAttribute("aria-valuenow", String(value ?? low));
    this.plot.setAttribute("aria-valuetext", said);
    setText(this.says, `${y}. ${said}`);
  }
}

/**
 * Which places have their names below: at most seven, evenly, the first among them.
 * @param {number} n
 */
export function shownPlaces(n) {
  const step = Math.ceil((n - 1) / 6) || 1;
  return Array.from({ length: n }, (_, place) => place).filter((place) => place % step === 0);
}

function make(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}

function text(words, x, y, anchor, kind = "") {
  const node = make("text", { x, y, "text-anchor": anchor, class: kind });
  node.textContent = words;
  return node;
}

export default function ({ parentElement, data, setStateValue }) {
  instanceAt(parentElement, () => new GuessCurve(parentElement)).show(
    data,
    (values) => setStateValue("chosen", values),
  );
}
