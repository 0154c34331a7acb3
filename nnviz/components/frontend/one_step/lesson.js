// One step of a network, taken apart: five stations, of which one is shown, with its formula and its code.

import { element, leaveSwipes, setText } from "../shared/dom.js";
import { fadeEdges } from "../shared/edges.js";
import { bytesFromBase64, floatsFromBase64 } from "../shared/text.js";
import { say, sayMany } from "../shared/words.js";
import { subscribe } from "../shared/channel.js";
import { biasGradient, denseLayers, gradient, Trial, walked } from "./arithmetic.js";
import { backPairs, pairsOf, patchAt, walkedOn, workedOut } from "./way.js";
import { deltaLines, forwardLines, gradientLines, lastDeltaLines, lossLines, number, stepLines } from "./formulas.js";
import { deltaView, forwardView, gradientView, lossView, stepView } from "./views.js";

/** @typedef {{layer: number, unit: number, input?: number, place?: number}} Chosen place: of a convolution's map */

const STATIONS = [say("Forward"), say("The loss"), say("Deltas"), say("Gradients"), say("The step")];
const TITLES = [
  say("Forward: from digit to answer"),
  say("The loss: how wrong is the answer?"),
  say("Back: the delta of each layer"),
  say("The gradient of every weight"),
  say("Every weight moves a little"),
];
const VIEWS = [forwardView, lossView, deltaView, gradientView, stepView];
const LAPTOP = 740; // pixels that a station has there
const kept = { station: 0, power: -2 }; // for when the tab is opened again

export class OneStep {
  /** @param {ParentNode} root */
  constructor(root) {
    const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(name));
    const testid = (/** @type {string} */ name) => find(`[data-testid="${name}"]`);
    this.shown = find(".shown");
    this.heading = find(".told h2");
    this.lines = find(".lines");
    this.code = find(".code");
    this.path = find(".path");
    this.server = find(".server");
    this.back = /** @type {HTMLButtonElement} */ (testid("station-back"));
    this.next = /** @type {HTMLButtonElement} */ (testid("station-next"));
    this.slider = /** @type {HTMLInputElement} */ (testid("station"));
    this.rateSlider = /** @type {HTMLInputElement} */ (testid("rate"));
    this.rateValue = testid("rate-value");
    this.acts = ["take", "take-ten", "take-back"].map((name) => /** @type {HTMLButtonElement} */ (testid(name)));
    this.buttons = STATIONS.map((name, i) => {
      const button = element("button", { type: "button", "data-n": i + 1, "aria-label": `${i + 1}. ${name}` });
      button.append(`${i + 1} ${name}`);
      button.addEventListener("click", () => this.go(i));
      return button;
    });
    find(".stations").append(...this.buttons);
    this.back.addEventListener("click", () => this.go(this.station - 1));
    this.next.addEventListener("click", () => this.go(this.station + 1));
    leaveSwipes(this.slider);
    leaveSwipes(this.rateSlider);
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value) - 1));
    this.rateSlider.addEventListener("input", () => this.later());
    this.rateSlider.addEventListener("change", () => this.send?.("rate", this.rate));
    const [take, ten, back] = this.acts;
    take.addEventListener("click", () => this.press("take", 1));
    ten.addEventListener("click", () => this.press("take", 10));
    back.addEventListener("click", () => this.press("back", 1));
    this.station = kept.station;
    this.rateSlider.value = String(kept.power);
    const none = /** @type {any} */ (null);
    this.ready = false; // from here on all that follows is there
    /** @type {any} */
    this.data = none;
    /** @type {import("./arithmetic.js").Dense[]} */
    this.layers = [];
    /** @type {ArrayLike<number>[]} of the digit and of each layer, after its activation */
    this.values = [];
    /** @type {ArrayLike<number>[]} what comes into each layer */
    this.given = [];
    /** @type {ArrayLike<number>[]} */
    this.sums = [];
    /** @type {ArrayLike<number>[]} */
    this.deltas = [];
    /** @type {ArrayLike<number>[]} */
    this.slopes = [];
    /** @type {Float64Array[]} */
    this.grads = [];
    /** @type {import("./arithmetic.js").Penalty} */
    this.penalty = none;
    this.label = 0;
    /** @type {string[]} */
    this.names = [];
    /** @type {string[]} */
    this.activations = [];
    /** @type {number[]} of the other digits */
    this.labels = [];
    /** @type {Trial} of the digit and the others */
    this.trial = none;
    /** @type {Trial} of the digit alone */
    this.first = none;
    /** @type {Float64Array} */
    this.before = none;
    /** @type {Float64Array} */
    this.after = none;
    /** @type {import("./views.js").View} */
    this.view = none;
    this.built = "";
    /** @type {number | null} */
    this.waiting = null;
    /** @type {AbortController | null} */
    this.listening = null;
    /** @type {((name: string, value: number) => void) | null} */
    this.send = null;
    /** @type {((press: any) => void) | null} */
    this.tell = null;
    this.arrived = new Map(); // what came over the document, by digest
    /** @type {Required<Chosen>} */
    this.chosen = { layer: 0, unit: 0, input: 0, place: 0 };
    /** @type {Chosen | null} */
    this.looked = null;
    this.turn = 0;
    this.width = 0;
    new ResizeObserver(() => this.resized()).observe(this.shown);
  }

  get rate() {
    return Number((10 ** Number(this.rateSlider.value)).toPrecision(2));
  }

  /** Pixels that a station may take. */
  get room() {
    return this.shown.clientWidth;
  }

  /** How much larger pictures are than on a laptop, where there is room. */
  get grow() {
    return Math.min(1.5, Math.max(1, this.room / LAPTOP));
  }

  // An earlier call's clean-up may come after a later call: only the last one's counts.
  start(data, send, press) {
    this.turn += 1;
    this.send = send;
    this.tell = press;
    if (!this.listening) {
      this.listening = new AbortController();
      subscribe("pad-data", (detail) => this.receive(detail), this.listening.signal);
    }
    const other = this.data?.token !== data.token;
    this.data = data;
    if (other) this.build();
    this.showServer();
    return this.turn;
  }

  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
  }

  receive(detail) {
    const digest = detail.header?.digest;
    if (detail.what !== "network" || this.arrived.has(digest)) return;
    this.arrived.set(digest, detail);
    for (const old of [...this.arrived.keys()].slice(0, -8)) this.arrived.delete(old);
    if ([this.data?.digest, this.data?.others].includes(digest)) this.build();
  }

  // All numbers of this state, once everything that they are made of has come.
  build() {
    const { data } = this;
    const [network, others] = [this.arrived.get(data.digest), this.arrived.get(data.others)];
    if (!network || !others) return;
    const penalty = { name: data.penalty, alpha: data.alpha, batch: data.batch };
    const base = denseLayers(network.header.steps, network.numbers);
    const digit = floatsFromBase64(data.digit);
    this.penalty = penalty;
    if (data.rates) this.workOut(base, digit);
    else this.unpack(base, digit);
    this.label = data.label;
    this.names = data.names;
    this.activations = data.activations;
    this.grads = this.layers.map((layer, n) => gradient(layer, this.given[n], this.deltas[n], penalty));
    this.labels = others.header.labels;
    const all = new Float64Array(digit.length + others.numbers.length);
    all.set(digit);
    all.set(others.numbers, digit.length);
    this.trial = new Trial(this.layers, this.grads, this.deltas, all);
    this.first = new Trial(this.layers, this.grads, this.deltas, Float64Array.from(digit));
    this.before = this.trial.after(0);
    if (this.built !== `${data.digest} ${data.digit}`) this.pickFirst();
    this.built = `${data.digest} ${data.digit}`;
    this.ready = true;
    this.show();
  }

  // Of dense layers the server has sent what they pass on.
  unpack(base, digit) {
    const { data } = this;
    const sizes = base.map(({ units }) => units);
    const taken = data.taken.map((/** @type {any} */ step) => ({
      rate: step.rate,
      values: [digit, ...parts(step.values, sizes.slice(0, -1))],
      deltas: parts(step.deltas, sizes),
    }));
    this.layers = walked(base, taken, this.penalty);
    this.values = [digit, ...parts(data.values, sizes)];
    this.given = this.values.slice(0, -1);
    this.sums = parts(data.sums, sizes);
    this.deltas = parts(data.deltas, sizes);
    this.slopes = parts(data.slopes, sizes.slice(0, -1));
  }

  // Maps have a hundred times as many numbers, so they are worked out here.
  workOut(base, digit) {
    const { rates, label } = this.data;
    const exact = Float64Array.from(digit);
    this.layers = walkedOn(base, exact, label, rates);
    const told = workedOut(this.layers, exact, label);
    this.values = [exact, ...told.values];
    this.given = told.given;
    this.sums = told.sums;
    this.deltas = told.deltas;
    this.slopes = told.slopes;
  }

  // Where there is most to see: the strongest gradient of the first layer.
  pickFirst() {
    const [grads, { units }] = [this.grads[0], this.layers[0]];
    let best = 0;
    for (let at = 0; at < grads.length; at += 1) if (Math.abs(grads[at]) > Math.abs(grads[best])) best = at;
    const unit = best % units;
    this.chosen = { layer: 0, unit, input: Math.floor(best / units), place: this.strongestPlace(0, unit) };
    this.looked = null;
  }

  /**
   * Where in a unit's map the delta is largest; 0 of a unit that stands at one place.
   * @param {number} layer
   * @param {number} unit
   */
  strongestPlace(layer, unit) {
    const { maps, units } = this.layers[layer];
    if (!maps) return 0;
    return strongest(Float64Array.from({ length: maps.places }, (_, at) => this.deltas[layer][at * units + unit]));
  }

  /** @param {number} station */
  go(station) {
    this.station = kept.station = Math.min(STATIONS.length - 1, Math.max(0, station));
    this.looked = null;
    if (this.ready) this.show();
  }

  // The station, made anew.
  show() {
    this.after = this.trial.after(this.rate);
    this.shown.style.setProperty("--grow", String(this.grow));
    this.view = VIEWS[this.station](this);
    this.shown.replaceChildren(this.view.element);
    this.view.paint();
    this.view.choose();
    this.buttons.forEach((button, i) => {
      if (i === this.station) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    this.slider.value = String(this.station + 1);
    this.slider.setAttribute("aria-valuetext", TITLES[this.station]);
    this.back.disabled = this.station === 0;
    this.next.disabled = this.station === STATIONS.length - 1;
    setText(this.heading, `${this.station + 1}. ${TITLES[this.station]}`);
    this.showCode();
    this.showRate();
    this.showLines();
    this.showPath();
  }

  resized() {
    const { width } = this.shown.getBoundingClientRect();
    if (Math.abs(width - this.width) < 2) return;
    this.width = width;
    if (this.ready) this.show();
  }

  /** @param {Chosen} chosen */
  choose(chosen) {
    const { inputs } = this.layers[chosen.layer];
    const { layer, unit } = chosen;
    const same = layer === this.chosen.layer;
    const place = chosen.place ??
      (same && unit === this.chosen.unit ? this.chosen.place : this.strongestPlace(layer, unit));
    const input = chosen.input ??
      (same ? this.chosen.input : strongest(patchAt(this.layers[layer], this.given[layer], place, unit)));
    this.chosen = { layer, unit, place, input: Math.min(input, inputs - 1) };
    this.looked = null;
    this.view.choose();
    this.showLines();
  }

  /** @param {number} layer */
  chooseLayer(layer) {
    this.choose({ layer, unit: strongest(this.deltas[layer]) % this.layers[layer].units });
    this.show();
  }

  /** @param {Chosen | null} at */
  look(at) {
    this.looked = at;
    this.showLines();
  }

  // At most once a frame, however fast the finger is.
  later() {
    kept.power = Number(this.rateSlider.value);
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.follow();
    });
  }

  follow() {
    this.showRate();
    if (!this.ready) return;
    this.after = this.trial.after(this.rate);
    this.view.follow?.();
    if (this.station === STATIONS.length - 1) this.showLines();
    this.showServer();
  }

  press(what, n) {
    for (const button of this.acts) button.disabled = true;
    this.tell?.({ what, n, rate: this.rate, token: this.data.token });
  }

  showRate() {
    const text = number(this.rate).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    setText(this.rateValue, text);
    this.rateSlider.setAttribute("aria-valuetext", text);
  }

  // The formula of the station, with the numbers of what is pointed at or chosen.
  showLines() {
    const { layer, unit, input = this.chosen.input, place = this.chosen.place } = this.looked ?? this.chosen;
    const last = this.layers.length - 1;
    const dense = this.layers[layer];
    const { maps } = dense;
    const at = (maps ? place : 0) * dense.units + unit;
    const own = layer === last
      ? say("{layer}: digit {n}", { layer: this.names[layer], n: unit })
      : dense.normal
      ? say("{layer}, map {n}", { layer: this.names[layer], n: unit + 1 })
      : maps
      ? say("{layer}, kernel {n}", { layer: this.names[layer], n: unit + 1 })
      : say("{layer}, unit {n}", { layer: this.names[layer], n: unit + 1 });
    const where = maps
      ? say("{unit}, row {row}, column {column} of its map", {
        unit: own,
        row: Math.floor(place / maps.columns) + 1,
        column: place % maps.columns + 1,
      })
      : own;
    const w = dense.w[input * dense.units + unit];
    const weight = `${own} ← ${this.sourceOf(layer, input)}`;
    const value = this.values[layer + 1][at];
    const of = [
      () => [
        where,
        ...forwardLines(dense, patchAt(dense, this.given[layer], place, unit), unit, {
          z: this.sums[layer][at],
          value,
          activation: this.activations[layer],
        }),
      ],
      () =>
        lossLines(
          this.label,
          this.values[last + 1][this.label],
          this.data.loss ?? NaN,
          this.penalty,
          this.data.added ?? NaN,
        ),
      () => [
        where,
        ...(layer === last ? lastDeltaLines(value, unit === this.label, this.deltas[last][unit]) : deltaLines(
          backPairs(dense, this.layers[layer + 1], this.values[layer + 1], this.deltas[layer + 1], { unit, place }),
          {
            slope: this.slopes[layer][at],
            delta: this.deltas[layer][at],
            pool: Boolean(dense.pool && !dense.pool.mean),
          },
        )),
      ],
      () => [
        weight,
        ...gradientLines(pairsOf(dense, this.given[layer], this.deltas[layer], { unit, input }), w, this.penalty),
        ...(dense.normal ? [this.shiftLine(layer, unit)] : []),
      ],
      () => [weight, ...stepLines(w, this.rate, this.grads[layer][input * dense.units + unit])],
    ][this.station]();
    this.lines.replaceChildren(...of.map((text) => element("li", {}, text)));
  }

  /**
   * Of a normalising layer the gradient of what it adds.
   * @param {number} layer
   * @param {number} unit
   */
  shiftLine(layer, unit) {
    const sum = biasGradient(this.layers[layer], this.deltas[layer])[unit];
    return say("β, which is added, gets the sum of all δ: {sum}", { sum: number(sum) });
  }

  /**
   * Where a weight's input comes from.
   * @param {number} layer
   * @param {number} input
   */
  sourceOf(layer, input) {
    const { maps, from, normal } = this.layers[layer];
    if (normal) return say("γ, which multiplies the normalised sum");
    const shape = maps ? maps.kernel : layer ? from : [28, 28, 1];
    if (!shape) return say("unit {n} of the layer before", { n: input + 1 });
    const [, wide, channels] = shape;
    const at = Math.floor(input / channels);
    const spot = { row: Math.floor(at / wide) + 1, column: at % wide + 1, map: input % channels + 1 };
    if (maps && channels === 1) return say("row {row}, column {column} of the kernel", spot);
    if (maps) return say("row {row}, column {column} of the kernel, on map {map}", spot);
    return layer
      ? say("map {map} of the layer before, row {row}, column {column}", spot)
      : say("pixel in row {row}, column {column}", spot);
  }

  showCode() {
    const blocks = this.data.codes[this.station].flatMap(({ title, lines, marked }) => {
      const rows = lines.map((line, i) => element(marked.includes(i) ? "mark" : "span", {}, line || " "));
      const pre = element("pre", { tabindex: 0, role: "region", "aria-label": title }, element("code", {}, ...rows));
      fadeEdges(pre);
      return [element("strong", {}, title), pre];
    });
    this.code.replaceChildren(...blocks);
  }

  showPath() {
    const { taken, losses, most, finite } = this.data;
    const [take, ten, back] = this.acts;
    take.disabled = !finite || taken.length + 1 > most;
    ten.disabled = !finite || taken.length + 10 > most;
    back.disabled = taken.length === 0;
    const shown = losses.slice(-6).map((/** @type {number | null} */ loss) => number(loss ?? NaN));
    const way = `${losses.length > 6 ? "… → " : ""}${shown.join(" → ")}`;
    this.path.textContent = taken.length
      ? sayMany(
        taken.length,
        "{n} step taken. Loss of this digit: {way}",
        "{n} steps taken. Loss of this digit: {way}",
        {
          way,
        },
      )
      : say("No step taken yet. Loss of this digit: {way}", { way });
    if (!finite) this.path.append(" ", say("The steps were far too large: take some back."));
  }

  // What NumPy has worked out for the learning rate that the slider was left at.
  showServer() {
    const [told] = this.data.served;
    const fits = told && Math.abs(told.rate - this.rate) <= 1e-9 * this.rate;
    const fixed = (/** @type {number | null} */ loss) => loss === null ? say("not a number") : loss.toFixed(8);
    this.server.textContent = fits
      ? say(
        "NumPy on the server, learning rate {rate}: loss after the step {double} in float64, {single} in float32; of " +
          "the other digits {better} better, {worse} worse, {right} newly right, {wrong} newly wrong.",
        {
          rate: number(told.rate),
          double: fixed(told.double),
          single: fixed(told.single),
          better: told.better,
          worse: told.worse,
          right: told.newly_right,
          wrong: told.newly_wrong,
        },
      )
      : "";
  }
}

/**
 * Numbers that lie behind each other, as arrays of these sizes.
 * @param {string} base64 of float64
 * @param {number[]} sizes
 */
function parts(base64, sizes) {
  const all = new Float64Array(bytesFromBase64(base64).buffer);
  let place = 0;
  return sizes.map((size) => all.subarray(place, place += size));
}

/** @param {ArrayLike<number>} values */
function strongest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (Math.abs(values[i]) > Math.abs(values[best])) best = i;
  return best;
}
