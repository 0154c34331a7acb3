// The picture that is painted on, what the network makes of it, and the smallest change that flipped the answer so far.

import { subscribe } from "../shared/channel.js";
import { context2d, element, onPress, setText } from "../shared/dom.js";
import { decimal, floatsFromBase64, percent } from "../shared/text.js";
import { say, sayMany } from "../shared/words.js";
import { Bench, mostOf } from "../workbench/reading.js";
import { distance, painted, SIDE } from "./changing.js";

const MOST_UNDONE = 100; // strokes that can be taken back

/** @typedef {{pictures: Float32Array[], best: {length: number, answer: number} | null}} State */

/** @type {Map<string, State>} by network and digit: what was painted, for when the page is opened again */
const kept = new Map();

export class PaintDigit {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.turn = 0;
    this.sign = 1;
    this.cursor = 0;
    /** @type {any} */
    this.data = null;
    /** @type {any} */
    this.bench = null;
    this.benchOf = "";
    /** @type {AbortController | null} */
    this.listening = null;
    this.digit = new Float32Array(SIDE * SIDE);
    /** @type {number[]} */
    this.own = [];
    /** @type {State} */
    this.state = { pictures: [], best: null };
    this.find("tbody").replaceChildren(...Array.from({ length: 10 }, (_, digit) => row(digit)));
    onPress(this.find("[data-act=undo]"), () => this.takeBack(1));
    onPress(this.find("[data-act=reset]"), () => this.takeBack(Infinity));
    for (const button of root.querySelectorAll("[data-brush]")) {
      onPress(button, () => {
        this.sign = Number(button.dataset.brush);
        for (const each of root.querySelectorAll("[data-brush]")) {
          each.setAttribute("aria-pressed", String(each === button));
        }
      });
    }
    this.listenToBrush(this.find("canvas"));
  }

  start(data) {
    this.turn += 1;
    this.data = data;
    this.listening?.abort();
    this.listening = new AbortController();
    subscribe("pad-data", (detail) => {
      const digest = detail.header?.digest ?? detail.digest;
      if (digest !== data.digest) return;
      if (detail.what === "network") this.build(detail);
      else if (detail.what === "missing") {
        this.remark(say("The network could not be fetched: load the page again."));
      }
    }, this.listening.signal);
    if (this.benchOf === data.digest) this.take();
    return this.turn;
  }

  stop(turn) {
    if (turn === this.turn) this.listening?.abort();
  }

  build(network) {
    if (this.benchOf !== this.data.digest) {
      this.bench = new Bench(network.header.steps, network.numbers);
      this.benchOf = this.data.digest;
    }
    this.take();
  }

  take() {
    const name = `${this.data.digest} ${this.data.digit}`;
    this.digit = floatsFromBase64(this.data.digit);
    this.own = [...this.bench.read(this.digit)];
    const state = kept.get(name) ?? { pictures: [], best: null };
    kept.set(name, state);
    this.state = state;
    this.remark("");
    this.show();
  }

  remark(text) {
    setText(this.find(".says"), text);
  }

  now() {
    return this.state.pictures.at(-1) ?? this.digit;
  }

  takeBack(strokes) {
    if (!this.bench) return;
    this.state.pictures.splice(Math.max(0, this.state.pictures.length - strokes));
    this.show();
  }

  /** A picture that stays, as one stroke. */
  add(picture) {
    this.state.pictures.push(picture);
    if (this.state.pictures.length > MOST_UNDONE) this.state.pictures.shift();
    this.show();
  }

  show(picture = this.now()) {
    const { state, own } = this;
    const answer = [...this.bench.read(picture)];
    const [given, said] = [mostOf(own), mostOf(answer)];
    const far = distance(this.digit, picture);
    if (said !== given && (!state.best || far.length < state.best.length)) {
      state.best = { length: far.length, answer: said };
    }
    paint(this.find("canvas"), picture);
    setText(
      this.find(".reads"),
      said === given
        ? say("Reads {digit}: not fooled yet", { digit: said })
        : say("Reads {digit}, no longer {before}: fooled", { digit: said, before: given }),
    );
    const pixels = sayMany(
      far.pixels,
      "{n} pixel changed by more than a tenth",
      "{n} pixels changed by more than a tenth",
    );
    setText(
      this.find(".far"),
      say("{pixels}; L2 {length}; largest change {largest}", {
        pixels,
        length: decimal(far.length, 2),
        largest: decimal(far.largest, 2),
      }),
    );
    setText(
      this.find(".best"),
      state.best
        ? say("Smallest that fooled it so far: L2 {length}, read as {digit}", {
          length: decimal(state.best.length, 2),
          digit: state.best.answer,
        })
        : say("Smallest that fooled it so far: none"),
    );
    [...this.find("tbody").rows].forEach((line, i) => {
      const [track, number] = line.cells[1].firstChild.children;
      track.children[0].style.width = `${100 * answer[i]}%`;
      track.children[1].style.left = `${100 * own[i]}%`;
      setText(number, percent(answer[i]));
    });
    for (const act of ["undo", "reset"]) this.find(`[data-act=${act}]`).disabled = !state.pictures.length;
  }

  /** One stroke changes each pixel once. */
  listenToBrush(canvas) {
    /** @type {{from: Float32Array, places: Set<number>} | null} */
    let stroke = null;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      const cell = (x, from, size) => Math.min(SIDE - 1, Math.max(0, Math.floor((x - from) / size * SIDE)));
      return cell(event.clientY, box.top, box.height) * SIDE + cell(event.clientX, box.left, box.width);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.bench || event.button) return;
      canvas.setPointerCapture(event.pointerId);
      stroke = { from: this.now(), places: new Set([at(event)]) };
      this.show(painted(stroke.from, stroke.places, this.sign));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!stroke) return;
      const before = stroke.places.size;
      for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.places.add(at(each));
      if (stroke.places.size > before) this.show(painted(stroke.from, stroke.places, this.sign));
    });
    const end = () => {
      const done = stroke;
      stroke = null;
      if (done) this.add(painted(done.from, done.places, this.sign));
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("keydown", (event) => {
      if (!this.bench || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE }[event.key];
      const sign = { "+": 1, "-": -1, "−": -1 }[event.key];
      if (!step && !sign) return;
      event.preventDefault();
      if (step) {
        this.cursor = Math.min(SIDE * SIDE - 1, Math.max(0, this.cursor + step));
        const [row, column] = [Math.floor(this.cursor / SIDE) + 1, this.cursor % SIDE + 1];
        this.remark(say("At row {row}, column {column}", { row, column }));
      } else if (sign) this.add(painted(this.now(), [this.cursor], sign));
    });
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} picture
 */
function paint(canvas, picture) {
  const image = new ImageData(SIDE, SIDE);
  picture.forEach((value, i) => image.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i));
  context2d(canvas).putImageData(image, 0, 0);
}

/** @param {number} digit */
function row(digit) {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, String(digit)),
    element(
      "td",
      {},
      element("div", { class: "bar" }, element("div", {}, element("i"), element("b")), element("span")),
    ),
  );
}
