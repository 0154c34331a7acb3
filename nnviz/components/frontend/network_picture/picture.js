// A network as a whole: the digit, every layer as a picture, the answer, and the strongest connections as lines. What is
// pressed grows below, with the numbers that it is worked out from.

import { element, setText } from "../shared/dom.js";
import { brightestPixels, connectionsFrom, traceBack } from "./connections.js";
import { Inspector } from "./inspector.js";
import { moved } from "./keys.js";
import { cellOf, inRow, layOut, unitAt } from "./layout.js";
import { legendItems } from "./legend.js";
import { framesAround, Lines, linesBetween, placesOn } from "./lines.js";
import { createStage, describeStage, paintStage, startOf, strongestPlace, tellUnit } from "./stage_element.js";
import { readsDigit, stagesOf, weightsOf } from "./stages.js";

/**
 * @typedef {import("../network/interpreter.js").Layer} Layer
 * @typedef {import("./stages.js").Stage} Stage
 * @typedef {import("./stage_element.js").Shown} Shown
 * @typedef {import("./connections.js").Connection} Connection
 * @typedef {{layers: Layer[], run: ((digit: ArrayLike<number>) => unknown) | null, code: Layer | null}} Network layers
 *   in order, the digit first; run computes their values, or they are the server's
 * @typedef {{draws: boolean, rows: [string, number][], why: string}} About rows: layers of the card with their
 *   parameters; why: only the server computes it
 */

const WHOLE = { first: 10, each: 5, most: 5 };
const ONE = { first: 12, each: 4, most: 3 };
const THEMES_TYPE = 18; // pixels: .streamlit/config.toml
const CAPTION = 124; // pixels that the words below a stage take
const MANY = 8; // stages, from which on their words are smaller
// Pixels: of the pictures, of what a page has above them, and of the words below them.
const [LOWEST, HIGHEST, LEAST_ABOVE, MOST_ABOVE, BELOW] = [250, 640, 340, 500, 88];

export class NetworkPicture {
  /**
   * @param {ParentNode} root with the markup of network_picture.html
   * @param {{lines: boolean, weights: boolean}} first what is shown at first
   */
  constructor(root, first) {
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
    this.switches = {
      lines: this.switch("Lines", () => this.refresh()),
      weights: this.switch("Weights", () => this.furnish()),
      shared: this.switch("One scale for all maps", () => this.refresh()),
    };
    this.switches.lines.box.checked = first.lines;
    this.switches.weights.box.checked = first.weights;
    /** @type {Network | null} */
    this.network = null;
    /** @type {About} */
    this.about = { draws: false, rows: [], why: "" };
    /** @type {ArrayLike<number>} */
    this.digit = new Float32Array(784);
    this.title = "";
    this.moving = false;
    this.visible = true;
    /** @type {number | null} */
    this.label = null;
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
    const told = element("span", {}, words);
    return { box, words: told, label: element("label", {}, box, told) };
  }

  // Follow the size of the place, and whether it is in sight; gives the function that ends it.
  follow() {
    const resized = new ResizeObserver(() => {
      const { width } = this.component.getBoundingClientRect();
      if (width && Math.abs(width - (this.width ?? 0)) >= 1) this.refresh();
    });
    resized.observe(this.component);
    const seen = new IntersectionObserver((entries) => {
      this.visible = entries[entries.length - 1].isIntersecting;
      if (this.visible) this.refresh();
    });
    seen.observe(this.row);
    return () => {
      resized.disconnect();
      seen.disconnect();
    };
  }

  /**
   * Another digit.
   * @param {ArrayLike<number>} digit 784 numbers from 0 to 1
   * @param {string} title
   * @param {number | null} label
   * @param {boolean} [moving] it will change at once, as while somebody draws: only the pictures follow it
   */
  show(digit, title, label, moving = false) {
    Object.assign(this, { digit, title, label, moving });
    this.refresh();
  }

  /**
   * Another network.
   * @param {Network} network
   * @param {About} about
   */
  adopt(network, about) {
    Object.assign(this, { network, about });
    this.chosen = null;
    this.inspector.hide();
    this.parts = stagesOf(network.layers, { code: network.code, draws: about.draws, rows: about.rows });
    const counts = about.rows.length
      ? about.rows.map(([, count]) => count)
      : this.parts.map(({ parameters }) => parameters);
    const all = counts.reduce((sum, count) => sum + count, 0).toLocaleString("en");
    setText(this.total, `${all} parameters in all: the numbers that were learned`);
    setText(this.note, about.why ? `${about.why} It shows no lines and no formulas.` : "");
    this.note.hidden = !about.why;
    this.switches.lines.label.hidden = !network.run;
    this.switches.shared.label.hidden = !this.parts.some(({ kind }) => kind === "maps");
    const first = this.parts.find(({ layer }) => readsDigit(layer));
    setText(this.switches.weights.words, first?.kind === "maps" ? "Kernels" : "Weights");
    this.switches.weights.label.hidden = !this.parts.some(({ layer }) => readsDigit(layer) && weightsOf(layer, 0));
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
    this.stages = parts.map((stage, at) => createStage(/** @type {Stage} */ (stage), at));
    for (const stage of this.stages) this.listen(stage);
    const { layer } = this.chosen?.stage ?? {};
    const again = this.stages.find((stage) => stage.layer === layer && stage.kind !== "weights");
    if (this.chosen && again) this.chosen.stage = again;
    this.cursor = null;
    this.row.replaceChildren(this.lines.svg, ...this.stages.map(({ figure }) => figure));
    this.setStop(this.stages[0]);
    this.width = 0;
    this.type = 1;
    this.refresh();
  }

  /** @param {Shown} stage */
  listen(stage) {
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
    const here = this.at(stage);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(stage, here);
      return;
    }
    if (!event.key.startsWith("Arrow") && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    const next = moved(event.key, this.stages, stage, here, !this.inRow);
    if (!next) return;
    if (next.stage !== stage) {
      this.setStop(next.stage);
      next.stage.frame.focus();
    }
    this.moveTo(next.stage, next.unit);
  }

  /**
   * The unit of a stage that the keyboard is at.
   * @param {Shown} stage
   */
  at(stage) {
    return this.cursor?.stage === stage ? this.cursor.unit : startOf(stage);
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
    const cell = cellOf(stage, stage.box.tiles, unit);
    stage.mark.hidden = false;
    Object.assign(stage.mark.style, {
      left: `${cell.x - cell.width / 2}px`,
      top: `${cell.y - cell.height / 2}px`,
      width: `${cell.width}px`,
      height: `${cell.height}px`,
    });
    setText(this.readout, tellUnit(stage, unit));
    describeStage(stage, unit);
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
    setText(this.status, tellUnit(shown, unit));
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
    this.inspector.show(stage, unit, this.stages.filter(({ kind }) => kind !== "weights"), !this.network?.run);
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
    if (!this.network || !width || (this.moving && !this.visible)) return;
    this.network.run?.(this.digit);
    const type = parseFloat(getComputedStyle(document.documentElement).fontSize) / THEMES_TYPE;
    if (width !== this.width || type !== this.type) {
      [this.width, this.type] = [width, type];
      this.inRow = inRow(this.stages.length, width, type);
      this.row.classList.toggle("across", this.inRow);
      this.row.classList.toggle("many", this.stages.length > MANY);
      const above = Math.min(MOST_ABOVE, Math.max(LEAST_ABOVE, this.row.getBoundingClientRect().top));
      const height = Math.max(LOWEST, Math.min(HIGHEST, innerHeight - above - BELOW, innerHeight / 2));
      const boxes = layOut(this.stages, width, height, type);
      this.stages.forEach((stage, i) => {
        stage.box = boxes[i];
        Object.assign(stage.frame.style, { width: `${boxes[i].width}px`, height: `${boxes[i].height}px` });
      });
      const [first, last] = [boxes[0].width, boxes[boxes.length - 1].width];
      const caption = Math.min(CAPTION * type, (width - first - last) / (boxes.length - 2) - 4);
      this.row.style.setProperty("--caption", `${caption}px`);
    }
    for (const stage of this.stages) paintStage(stage, this.switches.shared.box.checked, this.label);
    if (this.moving) {
      this.lines.show([], []);
      return;
    }
    for (const stage of this.stages) describeStage(stage, this.at(stage));
    setText(/** @type {Element} */ (this.stages[0].figure.querySelector(".count")), this.title);
    this.settle();
    this.inspect();
    this.drawLines();
  }

  /**
   * The connections that are shown, and which they are in words.
   * @returns {{connections: Connection[], words: string}}
   */
  connections() {
    if (!this.network?.run) return { connections: [], words: "" };
    const { layers } = this.network;
    const last = layers[layers.length - 1];
    if (this.chosen) {
      const { stage, unit } = this.chosen;
      const [back, on] = [traceBack(stage.layer, [unit], ONE), connectionsFrom(layers, stage.layer, unit, 8)];
      return { connections: [...back, ...on], words: "into what was pressed, and out of it" };
    }
    if (!this.switches.lines.box.checked) return { connections: [], words: "" };
    if (this.about.draws) {
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
    const placed = placesOn(this.row, this.stages, !this.inRow);
    const lines = linesBetween(connections, this.stages, placed, !this.inRow);
    this.lines.show(lines, this.chosen ? framesAround(this.chosen, this.stages, placed, this.inspector.channel) : []);
    const maps = this.stages.some(({ kind }) => kind === "maps");
    const told = { lines: lines.length, words, maps, shared: this.switches.shared.box.checked };
    const text = JSON.stringify(told);
    if (text !== this.told) this.legend.replaceChildren(...legendItems(told));
    this.told = text;
  }
}
