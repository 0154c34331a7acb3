// A network as a whole: the digit, every layer as a picture, the answer, and the strongest connections as lines. What is
// pressed grows below, with the numbers that it is worked out from. All of it is computed here; a change of digit costs
// the server nothing.
//
// data: {digest: of the program, which a courier brings (see pad_data), or null; why: only the server computes it;
// server: [{name, shape, values}] in that case, or null; code: the code's position in it; draws; rows: [[layer,
// parameters]] of the card; digit: base64 of 784 bytes; title, label: of the digit; lines, weights: whether they are
// shown at first}. Sends `asked`: the digest of a network that this browser computes wrongly.

import { buildNetwork } from "../pad/live_networks.js";
import { subscribe } from "../shared/channel.js";
import { CIVIDIS, cssGradient, DIVERGING } from "../shared/colors.js";
import { element, instanceAt, setText } from "../shared/dom.js";
import { bytesFromBase64, counted, floatsFromBase64, percent } from "../shared/text.js";
import { brightestPixels, connectionsFrom, traceBack } from "./connections.js";
import { Inspector } from "./inspector.js";
import { cellOf, inRow, layOut, unitAt } from "./layout.js";
import { Lines } from "./lines.js";
import { paintTiles } from "./painting.js";
import { readsDigit, stagesOf, unitName, weightsOf } from "./stages.js";
import { windowOf } from "./step.js";

/**
 * @typedef {import("../network/interpreter.js").Layer} Layer
 * @typedef {import("./stages.js").Stage} Stage
 * @typedef {import("./connections.js").Connection} Connection
 * @typedef {Stage & {figure: HTMLElement, frame: HTMLElement, canvas: HTMLCanvasElement,
 *   mark: HTMLElement, bars: Bar[], box: import("./layout.js").Box, at: number}} Shown
 * @typedef {{item: HTMLElement, show: (share: number, most: boolean, right: boolean) => void}} Bar
 */

const WHOLE = { first: 10, each: 5, most: 5 };
const ONE = { first: 12, each: 4, most: 3 };
const CAPTION = 108; // pixels that the words below a stage take
const MANY = 8; // stages, from which on their words are smaller
const LEAST_HEIGHT = 250;
const ABOVE_AND_BELOW = 430; // pixels of a screen that the rest of a page takes, captions and legend among it

class NetworkPicture {
  /** @param {HTMLElement} root */
  constructor(root) {
    const find = (selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.component = find(".component");
    this.row = find(".row");
    this.total = find(".total");
    this.note = find(".note");
    this.readout = find(".readout");
    this.legend = find(".legend");
    this.status = find("[role=status]");
    this.lines = new Lines(this.row);
    this.inspector = new Inspector(find(".inspector"), {
      choose: (stage, unit) => this.choose(stage, unit),
      close: () => this.close(),
      step: (by) => this.step(by),
    });
    /** @type {Shown[]} */
    this.stages = [];
    /** @type {{stage: Shown, unit: number} | null} */
    this.chosen = null;
    this.shared = false;
    this.switches = {
      lines: this.switch("Lines", () => this.refresh()),
      weights: this.switch("Weights", () => this.furnish()),
      shared: this.switch("One scale for all maps", () => this.refresh()),
    };
    find(".switches").append(...Object.values(this.switches).map(({ label }) => label));
    this.component.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.chosen) this.close();
    });
  }

  /**
   * @param {string} words
   * @param {() => void} changed
   */
  switch(words, changed) {
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", changed);
    return { box, label: element("label", {}, box, element("span", {}, words)) };
  }

  start(data, send) {
    this.turn = (this.turn ?? 0) + 1;
    const first = !this.data;
    const other = first || this.data.digest !== data.digest || data.server || this.data.server;
    this.data = data;
    this.send = send;
    if (first) {
      this.switches.lines.box.checked = data.lines;
      this.switches.weights.box.checked = data.weights;
    }
    this.digit = Float32Array.from(bytesFromBase64(data.digit), (byte) => byte / 255);
    if (other) this.network = null;
    if (!this.listening) {
      this.listening = new AbortController();
      const { signal } = this.listening;
      const resized = new ResizeObserver(() => this.resized());
      resized.observe(this.component);
      signal.addEventListener("abort", () => resized.disconnect());
      subscribe("pad-data", (detail) => this.receive(detail), signal);
    } else if (other) {
      for (const kept of this.arrived?.values() ?? []) this.receive(kept);
    }
    if (data.server) this.adopt(serverNetwork(data.server, this.digit, data.code));
    this.refresh();
    return this.turn;
  }

  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
  }

  receive(detail) {
    if (detail.what === "network") {
      this.arrived = new Map([...(this.arrived ?? []), [detail.header.digest, detail]].slice(-8));
    }
    const digest = detail.header?.digest ?? detail.digest;
    if (!digest || digest !== this.data.digest || this.network || this.data.server) return;
    if (detail.what === "missing") this.send(digest);
    if (detail.what !== "network") return;
    const { network, code } = buildNetwork(detail.header, detail.numbers);
    if (!network) {
      this.send(digest);
      return;
    }
    const layers = [...network.shown, network.last];
    let input = layers[0];
    while (input.inputs.length) [input] = input.inputs;
    this.adopt({ layers: [input, ...layers], run: network.run, code });
    this.refresh();
  }

  adopt(network) {
    this.network = network;
    this.chosen = null;
    this.inspector.hide();
    const { why } = this.data;
    const { layers, code } = network;
    const parts = stagesOf(layers, { code, draws: this.data.draws, rows: this.data.rows });
    this.parts = parts;
    const all = this.data.rows.reduce((sum, [, parameters]) => sum + parameters, 0) ||
      parts.reduce((sum, { parameters }) => sum + parameters, 0);
    setText(this.total, `${all.toLocaleString("en")} parameters in all: the numbers that were learned`);
    setText(this.note, why ? `${why} It shows no lines and no formulas.` : "");
    this.note.hidden = !why;
    this.switches.lines.label.hidden = Boolean(this.data.server);
    this.switches.shared.label.hidden = !parts.some(({ kind }) => kind === "maps");
    this.switches.weights.label.hidden = !parts.some(({ layer }) => readsDigit(layer) && weightsOf(layer, 0));
    this.furnish();
  }

  // The stages' elements: once for a network, and again when its weights are shown or hidden.
  furnish() {
    if (!this.parts) return;
    const weighs = this.switches.weights.box.checked;
    const parts = this.parts.flatMap((stage) => {
      const own = weighs && readsDigit(stage.layer) ? weightsOf(stage.layer, 0) : null;
      if (!own) return [stage];
      const [rows, columns] = stage.layer.kind === "Dense" ? [28, 28] : stage.layer.shapes.kernel;
      const count = stage.layer.shape[stage.layer.shape.length - 1];
      const title = stage.layer.kind === "Dense" ? "Its weights" : "Kernels";
      const size = `${count.toLocaleString("en")} of ${rows}\u00a0×\u00a0${columns}`;
      return [{ ...stage, kind: "weights", title, size, rows, columns, count, parameters: -1 }, stage];
    });
    this.stages = parts.map((stage, at) => this.stage(/** @type {Stage} */ (stage), at));
    const { layer } = this.chosen?.stage ?? {};
    const again = this.stages.find((stage) => stage.layer === layer && stage.kind !== "weights");
    if (this.chosen && again) this.chosen.stage = again;
    this.cursor = null;
    this.row.replaceChildren(this.lines.svg, ...this.stages.map(({ figure }) => figure));
    this.setStop(this.stages[0]);
    this.width = 0;
    this.refresh();
  }

  /**
   * @param {Stage} stage
   * @param {number} at
   * @returns {Shown}
   */
  stage(stage, at) {
    const canvas = element("canvas", { "aria-hidden": "true" });
    const mark = element("span", { class: "mark", hidden: true });
    const bars = stage.kind === "answer" ? Array.from({ length: 10 }, (_, digit) => createBar(digit)) : [];
    const list = bars.length ? element("ol", { class: "bars" }, ...bars.map(({ item }) => item)) : canvas;
    const frame = element(
      "div",
      { class: "frame", role: "slider", tabindex: -1, "data-testid": "stage", "aria-roledescription": "layer" },
      list,
      mark,
    );
    const numbers = stage.parameters > 0
      ? `${stage.parameters.toLocaleString("en")} parameters`
      : stage.parameters === 0 && at > 0
      ? "no parameters"
      : "";
    const figure = element(
      "figure",
      { class: `stage ${stage.kind}` },
      frame,
      element(
        "figcaption",
        {},
        element("strong", {}, stage.title),
        element("span", {}, stage.size),
        element("span", { class: "count" }, numbers),
      ),
    );
    const box = layOut([stage], 100, 100)[0];
    const shown = { ...stage, figure, frame, canvas, mark, bars, box, at };
    this.follow(shown);
    return shown;
  }

  /** @param {Shown} stage */
  follow(stage) {
    const { frame } = stage;
    const under = (event) => {
      const box = frame.getBoundingClientRect();
      return unitAt(stage, stage.box.tiles, event.clientX - box.left, event.clientY - box.top);
    };
    frame.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.point(stage, under(event));
    });
    frame.addEventListener("pointerleave", () => this.point(null, null));
    frame.addEventListener("blur", () => this.point(null, null));
    frame.addEventListener("focus", () => this.setStop(stage));
    frame.addEventListener("click", (event) => {
      const unit = under(event);
      if (unit === null) return;
      this.cursor = { stage, unit };
      this.choose(stage, unit);
    });
    frame.addEventListener("keydown", (event) => this.key(event, stage));
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Shown} stage
   */
  key(event, stage) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = this.cursor?.stage === stage ? this.cursor.unit : startOf(stage);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(stage, here);
      return;
    }
    const across = stage.kind === "digit" || stage.kind === "drawn" ? 28 : stage.box.tiles.across;
    const maps = stage.kind === "maps" || stage.kind === "weights";
    const item = maps ? here % stage.count : here;
    const last = (across === 28 && stage.count === 1 ? 784 : stage.count) - 1;
    const [row, column] = [Math.floor(item / across), item % across];
    /** @type {Record<string, number>} */
    const steps = { ArrowUp: -across, ArrowDown: across, ArrowLeft: -1, ArrowRight: 1, Home: -item, End: last - item };
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const beyond = event.key === "ArrowLeft" && column === 0
      ? -1
      : event.key === "ArrowRight" && (column === across - 1 || item === last)
      ? 1
      : event.key === "ArrowUp" && row === 0 && !this.inRow
      ? -1
      : event.key === "ArrowDown" && item + across > last && !this.inRow
      ? 1
      : 0;
    const next = this.stages[stage.at + beyond];
    if (beyond) {
      if (!next) return;
      this.setStop(next);
      next.frame.focus();
      this.moveTo(next, startOf(next));
    } else if (item + by >= 0 && item + by <= last) {
      this.moveTo(stage, maps ? strongestPlace(stage, item + by) : item + by);
    }
  }

  /**
   * @param {Shown} stage
   * @param {number} unit
   */
  moveTo(stage, unit) {
    this.cursor = { stage, unit };
    this.point(stage, unit);
    if (this.chosen) this.choose(stage, unit);
  }

  /** @param {Shown} stage the one that Tab reaches */
  setStop(stage) {
    for (const other of this.stages) other.frame.tabIndex = other === stage ? 0 : -1;
  }

  /**
   * What the pointer or the keyboard is at.
   * @param {Shown | null} stage
   * @param {number | null} unit
   */
  point(stage, unit) {
    for (const other of this.stages) if (other !== stage) other.mark.hidden = true;
    if (!stage || unit === null) {
      setText(this.readout, "");
      return;
    }
    const cell = cellOf(stage.kind === "maps" ? { ...stage } : stage, stage.box.tiles, unit);
    stage.mark.hidden = false;
    Object.assign(stage.mark.style, {
      left: `${cell.x - cell.width / 2}px`,
      top: `${cell.y - cell.height / 2}px`,
      width: `${cell.width}px`,
      height: `${cell.height}px`,
    });
    const words = this.tell(stage, unit);
    setText(this.readout, words);
    stage.frame.setAttribute("aria-valuenow", String(unit));
    stage.frame.setAttribute("aria-valuetext", words);
  }

  /**
   * @param {Shown} stage
   * @param {number} unit
   */
  tell(stage, unit) {
    if (stage.kind === "weights") {
      const which = unit % stage.count;
      return stage.layer.kind === "Dense" ? `weights of unit ${which + 1}` : `kernel of map ${which + 1}`;
    }
    const value = stage.layer.values[unit];
    const shown = stage.kind === "answer" ? percent(value) : value.toFixed(3).replace("-", "−");
    return `${stage.title}, ${unitName(stage, unit)}: ${shown}`;
  }

  /**
   * Open what was pressed, below.
   * @param {Shown | Stage} stage
   * @param {number} unit
   */
  choose(stage, unit) {
    let shown = this.stages.find((each) => each.layer === stage.layer && each.kind === stage.kind);
    if (!shown) return;
    if (shown.kind === "weights") {
      const { layer, count } = shown;
      shown = this.stages.find((each) => each.layer === layer && each.kind !== "weights") ?? shown;
      unit = layer.kind === "Dense" ? unit % count : strongestPlace(shown, unit % count);
    }
    const fresh = !this.chosen;
    this.chosen = { stage: shown, unit };
    this.cursor = { stage: shown, unit };
    this.setStop(shown);
    this.settle();
    this.inspect();
    this.drawLines();
    this.announce(this.tell(shown, unit));
    if (fresh || !this.inRow) this.inspector.reveal();
  }

  close() {
    const stage = this.chosen?.stage;
    this.chosen = null;
    this.inspector.hide();
    this.settle();
    this.drawLines();
    stage?.frame.focus({ preventScroll: true });
  }

  /** @param {number} by to a unit further on, or back */
  step(by) {
    if (!this.chosen) return;
    const { stage, unit } = this.chosen;
    const pixels = stage.count === 1 ? 784 : stage.count;
    const item = stage.kind === "maps" ? unit % stage.count : unit;
    const next = (item + by + pixels) % pixels;
    this.choose(stage, stage.kind === "maps" ? strongestPlace(stage, next) : next);
  }

  // What was pressed grows below the row, or right below its stage where stages stand below each other.
  settle() {
    const { place } = this.inspector;
    const after = this.inRow ? this.readout : this.chosen?.stage.figure;
    if (after && after.nextElementSibling !== place) after.after(place);
    this.component.classList.toggle("open", Boolean(this.chosen));
  }

  inspect() {
    if (!this.chosen) return;
    const { stage, unit } = this.chosen;
    this.inspector.show(stage, unit, this.stages.filter(({ kind }) => kind !== "weights"), Boolean(this.data.server));
  }

  announce(text) {
    setText(this.status, text);
  }

  resized() {
    const { width } = this.component.getBoundingClientRect();
    if (width && Math.abs(width - (this.width ?? 0)) >= 1) this.refresh();
  }

  // Once a frame, however much has changed.
  refresh() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    const { width } = this.component.getBoundingClientRect();
    if (!this.network || !width) return;
    this.network.run?.(this.digit);
    if (width !== this.width) {
      this.width = width;
      this.inRow = inRow(this.stages.length, width);
      this.row.classList.toggle("across", this.inRow);
      this.row.classList.toggle("many", this.stages.length > MANY);
      const height = Math.max(LEAST_HEIGHT, Math.min(innerHeight - ABOVE_AND_BELOW, innerHeight / 2, 640));
      const boxes = layOut(this.stages, width, height);
      this.stages.forEach((stage, i) => {
        stage.box = boxes[i];
        Object.assign(stage.frame.style, { width: `${boxes[i].width}px`, height: `${boxes[i].height}px` });
      });
      const [first, last] = [boxes[0].width, boxes[boxes.length - 1].width];
      const caption = Math.min(CAPTION, (width - first - last) / (boxes.length - 2) - 4);
      this.row.style.setProperty("--caption", `${caption}px`);
    }
    for (const stage of this.stages) this.paintStage(stage);
    this.settle();
    this.inspect();
    this.drawLines();
  }

  /** @param {Shown} stage */
  paintStage(stage) {
    const { kind, layer, rows, columns, count, frame } = stage;
    const { values } = layer;
    const shared = this.switches.shared.box.checked;
    if (kind === "answer") this.paintAnswer(stage);
    else if (kind === "weights") {
      const own = Array.from({ length: count }, (_, i) => weightsOf(layer, i) ?? new Float32Array());
      paintTiles(stage.canvas, stage.box, {
        ...{ rows, columns, count, shared, how: "signed" },
        at: (tile, place) => own[tile][place],
      });
    } else {
      paintTiles(stage.canvas, stage.box, {
        ...{ rows, columns, count, shared: shared || kind !== "maps" },
        how: kind === "digit" || kind === "drawn" ? "grey" : "values",
        at: (tile, place) => values[place * count + tile],
      });
    }
    const last = count === 1 ? values.length : count;
    frame.setAttribute("aria-label", `${stage.title}: ${stage.size}. Enter opens one.`);
    frame.setAttribute("aria-valuemin", "0");
    frame.setAttribute("aria-valuemax", String(Math.max(last, values.length) - 1));
    const at = this.cursor?.stage === stage ? this.cursor.unit : startOf(stage);
    frame.setAttribute("aria-valuenow", String(at));
    frame.setAttribute("aria-valuetext", this.tell(stage, at));
    if (kind === "digit") setText(/** @type {Element} */ (stage.figure.querySelector(".count")), this.data.title);
  }

  /** @param {Shown} stage */
  paintAnswer(stage) {
    const { values } = stage.layer;
    const most = values.indexOf(Math.max(...values));
    const { label } = this.data;
    stage.bars.forEach((bar, digit) => bar.show(values[digit], digit === most, label === null || label === most));
    const words = label === null || label === most ? `reads ${most}` : `reads ${most}, but it is ${label}`;
    setText(/** @type {Element} */ (stage.figure.querySelector("figcaption span")), words);
  }

  /** @returns {{connections: Connection[], words: string}} */
  connections() {
    if (this.data.server) return { connections: [], words: "" };
    const layers = this.network.layers;
    const last = layers[layers.length - 1];
    if (this.chosen) {
      const { stage, unit } = this.chosen;
      const back = traceBack(stage.layer, [unit], ONE);
      const on = connectionsFrom(layers, stage.layer, unit, 8);
      return { connections: [...back, ...on], words: "into what was pressed, and out of it" };
    }
    if (!this.switches.lines.box.checked) return { connections: [], words: "" };
    if (this.data.draws) {
      const pixels = brightestPixels(last.values, 4, 5);
      return {
        connections: traceBack(last, pixels, { ...WHOLE, first: 5 }),
        words: "into four bright pixels it draws",
      };
    }
    const most = last.values.indexOf(Math.max(...last.values));
    return { connections: traceBack(last, [most], WHOLE), words: `behind the answer ${most}` };
  }

  drawLines() {
    if (!this.network || !this.stages.length) return;
    const { connections, words } = this.connections();
    const origin = this.row.getBoundingClientRect();
    const byLayer = new Map(this.stages.filter(({ kind }) => kind !== "weights").map((stage) => [stage.layer, stage]));
    const places = new Map(
      this.stages.map((stage) => {
        const box = stage.frame.getBoundingClientRect();
        return [stage, { x: box.left - origin.left, y: box.top - origin.top }];
      }),
    );
    const place = (stage, unit) => {
      const cell = cellOf(stage, stage.box.tiles, unit);
      const at = places.get(stage) ?? { x: 0, y: 0 };
      const bar = stage.kind === "answer";
      return { ...cell, x: at.x + (bar ? (this.inRow ? -4 : 10) : cell.x), y: at.y + cell.y };
    };
    /** @type {Map<Layer, number>} */
    const most = new Map();
    for (const { layer, product } of connections) {
      most.set(layer, Math.max(most.get(layer) ?? 0, Math.abs(product)));
    }
    const lines = connections.flatMap(({ layer, source, from, to, product }) => {
      const [start, end] = [byLayer.get(source), byLayer.get(layer)];
      if (!start || !end) return [];
      const share = Math.abs(product) / (most.get(layer) || 1);
      return [{ from: place(start, from), to: place(end, to), product, share, down: !this.inRow }];
    });
    lines.reverse(); // the strongest on top
    this.lines.show(lines, this.frames(place));
    this.tellLegend(lines.length, words);
  }

  /**
   * What is chosen, and the window that it looks through.
   * @param {(stage: Shown, unit: number) => {x: number, y: number, width: number, height: number}} place
   */
  frames(place) {
    if (!this.chosen) return [];
    const { stage, unit } = this.chosen;
    const around = (cell, kind, grow = 0) => ({
      ...{ kind, x: cell.x - cell.width / 2 - grow, y: cell.y - cell.height / 2 - grow },
      ...{ width: cell.width + 2 * grow, height: cell.height + 2 * grow },
    });
    const found = [];
    if (stage.kind !== "answer") found.push(around(place(stage, unit), "chosen", 2));
    const before = this.stages.find(({ layer, kind }) => layer === stage.layer.inputs[0] && kind !== "weights");
    const slides = stage.layer.pool_size || stage.layer.kind === "Conv2D";
    if (!before || !slides || (before.kind !== "maps" && before.kind !== "digit")) return found;
    const { top, left, high, wide } = windowOf(stage.layer, unit);
    const channel = stage.layer.pool_size ? unit % stage.count : this.inspector.channel;
    const [rows, columns, channels] = before.kind === "digit" ? [28, 28, 1] : stage.layer.inputs[0].shape;
    const first = place(before, (Math.max(top, 0) * columns + Math.max(left, 0)) * channels + channel);
    const [down, over] = [
      Math.min(top + high, rows) - Math.max(top, 0),
      Math.min(left + wide, columns) - Math.max(left, 0),
    ];
    const corner = { x: first.x - first.width / 2, y: first.y - first.height / 2 };
    found.push({ ...corner, width: over * first.width, height: down * first.height, kind: "window" });
    return found;
  }

  /**
   * @param {number} count
   * @param {string} words
   */
  tellLegend(count, words) {
    const told = `${count} ${words} ${this.switches.shared.box.checked}`;
    if (told === this.told) return;
    this.told = told;
    const maps = this.stages.some(({ kind }) => kind === "maps");
    const ramp = (map) => {
      const span = element("span", { class: "ramp" });
      span.style.background = cssGradient(map);
      return span;
    };
    const scale = !maps
      ? "most in its layer"
      : this.switches.shared.box.checked
      ? "most in its layer"
      : "most in its own map";
    const items = [
      element("span", {}, "0 ", ramp(CIVIDIS), ` ${scale}`),
      element("span", {}, "weights: below zero ", ramp(DIVERGING), " above zero"),
    ];
    if (count) {
      items.unshift(
        element("span", {}, element("i", { class: "line above" }), "raises it"),
        element("span", {}, element("i", { class: "line below" }), "lowers it"),
        element(
          "span",
          {},
          `Thicker: value × weight is larger. Shown: ${counted(count, "strongest connection")} ${words}.`,
        ),
      );
    }
    this.legend.replaceChildren(...items);
  }
}

/**
 * Where the keyboard enters a stage: at its strongest unit.
 * @param {Shown} stage
 */
function startOf({ kind, layer: { values } }) {
  if (kind === "weights") return 0;
  return values.indexOf(values.reduce((most, value) => Math.max(most, value), -Infinity));
}

/**
 * The place in a map with the greatest value.
 * @param {Stage} stage
 * @param {number} map
 */
function strongestPlace({ kind, count, layer: { values } }, map) {
  if (kind === "weights") return map;
  let best = map;
  for (let unit = map; unit < values.length; unit += count) if (values[unit] > values[best]) best = unit;
  return best;
}

/**
 * @param {number} digit
 * @returns {Bar}
 */
function createBar(digit) {
  const bar = element("span", { class: "fill" });
  const number = element("span", { class: "share" });
  const item = element(
    "li",
    {},
    element("span", { class: "name" }, String(digit)),
    element("span", { class: "track" }, bar),
    number,
  );
  return {
    item,
    show(share, most, right) {
      bar.style.transform = `scaleX(${share})`;
      setText(number, percent(share));
      item.className = most ? (right ? "most" : "most wrong") : "";
    },
  };
}

// What the server computed, in the form of a network that is computed here.
function serverNetwork(sent, digit, code) {
  /** @type {any[]} */
  const layers = [{
    name: "image",
    kind: "InputLayer",
    shape: [784],
    values: digit,
    inputs: [],
    weights: {},
    shapes: {},
  }];
  for (const { name, shape, values } of sent) {
    const inputs = [layers[layers.length - 1]];
    layers.push({ name, kind: "", shape, inputs, values: floatsFromBase64(values), weights: {}, shapes: {} });
  }
  return { layers, run: null, code: code === null ? null : layers[code + 1] };
}

export default function ({ parentElement, data, setStateValue }) {
  const picture = instanceAt(parentElement, () => new NetworkPicture(parentElement));
  const turn = picture.start(data, (digest) => setStateValue("asked", digest));
  return () => picture.stop(turn);
}
