// A network as a whole: the digit, every layer as a picture, the answer, and the strongest connections as lines. What is
// pressed grows below, with the numbers that it is worked out from.

import { readsDigit, stagesOf, weightsOf } from "../network/stages.js";
import { element, setText } from "../shared/dom.js";
import { brightestPixels, connectionsFrom, traceBack } from "./connections.js";
import { Inspector } from "./inspector.js";
import { inRow, layOut } from "./layout.js";
import { legendItems } from "./legend.js";
import { framesAround, Lines, linesBetween, placesOn } from "./lines.js";
import { Selection } from "./selection.js";
import { createStage, describeStage, paintStage } from "./stage_element.js";
import { say, sayMany } from "../shared/words.js";

/**
 * @typedef {import("../network/build_network.js").Network} Network
 * @typedef {import("../network/stages.js").Stage} Stage
 * @typedef {import("./stage_element.js").Shown} Shown
 * @typedef {import("./connections.js").Connection} Connection
 * @typedef {{draws: boolean, rows: [string, number][], why: string}} About rows: layers of the card with their
 *   parameters; why: only the server computes it
 */

const WHOLE = { first: 10, each: 5, most: 5 };
const ONE = { first: 12, each: 4, most: 3 };
const THEMES_TYPE = 18; // pixels: .streamlit/config.toml
const CAPTION = 124; // pixels that the words below a stage take
const MANY = 8; // stages, from which on their words are smaller
const BETWEEN_MS = 100; // between lines and close-ups of a digit that is being drawn
// Pixels: of the pictures, of what a page has above them, and of the words below them.
const [LOWEST, HIGHEST, LEAST_ABOVE, MOST_ABOVE, BELOW] = [250, 640, 340, 500, 106];
const OVER_THE_PAGE = "dialog[open], [role='dialog'], [role='listbox']"; // Escape is theirs
const OPEN = 380; // where the page is scrolled to them: of its bar, and of what was pressed, below them

export class NetworkPicture {
  /**
   * @param {ParentNode} root with the markup of network_picture.html
   * @param {{lines: boolean, weights: boolean, far?: boolean}} first what is shown at first; far: the page is scrolled
   *   to it
   */
  constructor(root, first) {
    const find = (selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.first = first;
    this.component = find(".component");
    this.row = find(".row");
    this.total = find(".total");
    this.note = find(".note");
    this.readout = find(".readout");
    this.legend = find(".legend");
    this.lines = new Lines(this.row);
    this.selection = new Selection(this.readout, find("[role=status]"), (fresh) => this.open(fresh));
    this.inspector = new Inspector(find(".inspector"), {
      choose: (stage, unit) => this.selection.choose(stage, unit),
      close: () => this.selection.close(),
      step: (by) => this.selection.step(by),
    });
    /** @type {Shown[]} */
    this.stages = [];
    this.switches = {
      lines: this.switch(say("Lines"), () => this.refresh()),
      weights: this.switch(say("Weights"), () => this.furnish()),
      shared: this.switch(say("One scale for all maps"), () => this.refresh()),
    };
    this.switches.lines.box.checked = first.lines;
    this.switches.weights.box.checked = first.weights;
    /** @type {Network | null} */
    this.network = null;
    /** @type {About} */
    this.about = { draws: false, rows: [], why: "" };
    /** @type {ArrayLike<number> | null} nothing to read */
    this.digit = null;
    this.title = "";
    this.moving = false;
    /** @type {number | null} */
    this.label = null;
    /** @type {number | null} a unit of the last layer that is asked for elsewhere */
    this.asked = null;
    this.drawnAt = 0;
    this.width = 0;
    this.type = 1; // its size, of which the theme's is 1
    this.laid = false;
    /** @type {import("./lines.js").Placed | null} where units lie, as measured last */
    this.placed = null;
    /** @type {Map<Element, Shown>} */
    this.framed = new Map();
    this.sight = new IntersectionObserver((entries) => this.look(entries));
    find(".switches").append(...Object.values(this.switches).map(({ label }) => label));
    this.listen();
    this.follow();
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

  // Escape closes what was pressed, wherever the focus is, before it means anything else on the page.
  listen() {
    const listening = new AbortController();
    document.addEventListener("keydown", (event) => {
      if (!this.component.isConnected) listening.abort();
      else if (event.key === "Escape" && this.selection.chosen && !document.querySelector(OVER_THE_PAGE)) {
        event.preventDefault();
        this.selection.close();
      }
    }, { capture: true, signal: listening.signal });
  }

  // The size of the place, and of the type in it.
  follow() {
    new ResizeObserver(() => {
      const { width } = this.component.getBoundingClientRect();
      const type = parseFloat(getComputedStyle(document.documentElement).fontSize) / THEMES_TYPE;
      if (!width || (Math.abs(width - this.width) < 1 && type === this.type)) return;
      [this.width, this.type, this.laid] = [width, type, false];
      this.refresh();
    }).observe(this.component);
  }

  /** @param {IntersectionObserverEntry[]} entries stages that come into sight or leave it */
  look(entries) {
    for (const { target, isIntersecting } of entries) {
      const stage = this.framed.get(target);
      if (!stage || stage.visible === isIntersecting) continue;
      stage.visible = isIntersecting;
      if (isIntersecting) this.refresh();
    }
  }

  /**
   * Another digit; `refresh` or `paint` shows it.
   * @param {ArrayLike<number> | null} digit 784 numbers from 0 to 1, or nothing to read
   * @param {string} title
   * @param {number | null} label
   * @param {boolean} [moving] it will change at once, as while somebody draws
   */
  show(digit, title, label, moving = false) {
    Object.assign(this, { digit, title, label, moving });
  }

  /**
   * Another network, or none that is here yet.
   * @param {Network | null} network
   * @param {About} about
   */
  adopt(network, about) {
    Object.assign(this, { network, about });
    this.selection.chosen = null;
    this.inspector.hide();
    this.component.classList.toggle("waiting", !network);
    const sorry = network && !network.run ? [say("It shows no lines and no formulas.")] : [];
    const coming = network ? "" : say("The network is coming …");
    setText(this.note, about.why ? [about.why, ...sorry].join(" ") : coming);
    this.note.hidden = !this.note.textContent;
    if (!network) return;
    this.parts = stagesOf(network.layers, { code: network.code, draws: about.draws, rows: about.rows });
    const counts = about.rows.length
      ? about.rows.map(([, count]) => count)
      : this.parts.map(({ parameters }) => parameters);
    const all = counts.reduce((sum, count) => sum + count, 0);
    setText(
      this.total,
      sayMany(
        all,
        "{n} parameter in all: the number that was learned",
        "{n} parameters in all: the numbers that were learned",
      ),
    );
    this.switches.lines.label.hidden = !network.run;
    this.switches.shared.label.hidden = !this.parts.some(({ kind }) => kind === "maps");
    const first = this.parts.find(({ layer }) => readsDigit(layer));
    setText(this.switches.weights.words, first?.kind === "maps" ? say("Kernels") : say("Weights"));
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
      const title = stage.layer.kind === "Dense" ? say("Its weights") : say("Kernels");
      const size = sayMany(count, "{n} of {high}\u00a0×\u00a0{wide}", "{n} of {high}\u00a0×\u00a0{wide}", {
        high: rows,
        wide: columns,
      });
      return [{ ...stage, kind: "weights", title, size, rows, columns, count, parameters: -1 }, stage];
    });
    this.stages = parts.map((stage, at) => createStage(/** @type {Stage} */ (stage), at));
    this.selection.furnish(this.stages);
    this.row.replaceChildren(this.lines.svg, ...this.stages.map(({ figure }) => figure));
    this.sight.disconnect();
    this.framed = new Map(this.stages.map((stage) => [stage.frame, stage]));
    for (const { frame } of this.stages) this.sight.observe(frame);
    this.laid = false;
    this.refresh();
  }

  /** @param {boolean} fresh nothing was open before */
  open(fresh) {
    this.settle();
    this.inspect();
    this.drawLines();
    if (this.selection.chosen && (fresh || this.selection.down)) this.inspector.reveal();
  }

  // What was pressed grows below the row, or right below its stage where stages stand below each other.
  settle() {
    const { place } = this.inspector;
    const { chosen, down } = this.selection;
    const after = down ? chosen?.stage.figure : this.readout;
    if (after && after.nextElementSibling !== place) after.after(place);
    this.component.classList.toggle("open", Boolean(chosen));
  }

  inspect() {
    const { chosen } = this.selection;
    if (!chosen || !this.digit) {
      this.inspector.hide();
      return;
    }
    this.inspector.show(chosen.stage, chosen.unit, this.stages.filter(isLayer), !this.network?.run);
  }

  // Once a frame, however much has changed.
  refresh() {
    this.frame ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
    if (!this.network || !this.width) return;
    if (!this.laid) this.layOut();
    if (this.moving && !this.stages.some(({ visible }) => visible)) return;
    if (this.digit) this.network.run?.(this.digit);
    else for (const { values } of this.network.layers) values.fill(0);
    this.row.classList.toggle("blank", !this.digit);
    const label = this.digit ? this.label : null;
    for (const stage of this.stages) {
      if (stage.visible || !this.moving) paintStage(stage, this.switches.shared.box.checked, label, !this.digit);
    }
    const now = performance.now();
    if (this.moving && now - this.drawnAt < BETWEEN_MS) return;
    this.drawnAt = now;
    if (!this.moving) {
      for (const stage of this.stages) describeStage(stage, this.selection.at(stage));
      setText(/** @type {Element} */ (this.stages[0].figure.querySelector(".count")), this.title);
      this.settle();
    }
    this.inspect();
    this.drawLines();
  }

  layOut() {
    const { width, type, stages } = this;
    const across = inRow(stages.length, width, type);
    this.selection.down = !across;
    this.placed = null;
    this.row.classList.toggle("across", across);
    this.row.classList.toggle("many", stages.length > MANY);
    const { top } = this.row.getBoundingClientRect();
    const above = this.first.far ? OPEN : Math.min(MOST_ABOVE, Math.max(LEAST_ABOVE, top));
    const height = Math.max(LOWEST, Math.min(HIGHEST, innerHeight - above - BELOW, innerHeight / 2));
    const boxes = layOut(stages, width, height, type);
    stages.forEach((stage, i) => {
      stage.box = boxes[i];
      Object.assign(stage.frame.style, { width: `${boxes[i].width}px`, height: `${boxes[i].height}px` });
    });
    const [first, last] = [boxes[0].width, boxes[boxes.length - 1].width];
    const caption = Math.min(CAPTION * type, (width - first - last) / (boxes.length - 2) - 4);
    this.row.style.setProperty("--caption", `${caption}px`);
    this.laid = true;
  }

  /**
   * The connections that are shown, and which so many are in words.
   * @returns {{connections: Connection[], words: (n: number) => string}}
   */
  connections() {
    const none = { connections: [], words: () => "" };
    if (!this.network?.run || !this.digit) return none;
    const { layers } = this.network;
    const last = layers[layers.length - 1];
    const { chosen } = this.selection;
    if (this.asked !== null) {
      const digit = this.asked;
      return {
        connections: traceBack(last, [digit], WHOLE),
        words: (n) =>
          sayMany(
            n,
            "Shown: {n} strongest connection into the answer {digit}.",
            "Shown: {n} strongest connections into the answer {digit}.",
            { digit },
          ),
      };
    }
    if (chosen) {
      const { stage, unit } = chosen;
      const [back, on] = [traceBack(stage.layer, [unit], ONE), connectionsFrom(layers, stage.layer, unit, 8)];
      return {
        connections: [...back, ...on],
        words: (n) =>
          sayMany(
            n,
            "Shown: {n} strongest connection into what was pressed, and out of it.",
            "Shown: {n} strongest connections into what was pressed, and out of it.",
          ),
      };
    }
    if (!this.switches.lines.box.checked) return none;
    if (this.about.draws) {
      const pixels = brightestPixels(last.values, 4, 5);
      return {
        connections: traceBack(last, pixels, { ...WHOLE, first: 5 }),
        words: (n) =>
          sayMany(
            n,
            "Shown: {n} strongest connection into four bright pixels it draws.",
            "Shown: {n} strongest connections into four bright pixels it draws.",
          ),
      };
    }
    const most = last.values.indexOf(Math.max(...last.values));
    return {
      connections: traceBack(last, [most], WHOLE),
      words: (n) =>
        sayMany(
          n,
          "Shown: {n} strongest connection behind the answer {digit}.",
          "Shown: {n} strongest connections behind the answer {digit}.",
          { digit: most },
        ),
    };
  }

  drawLines() {
    if (!this.network || !this.stages.length) return;
    const { connections, words } = this.connections();
    const { chosen, down } = this.selection;
    // While somebody draws nothing moves, and to measure it would have the page laid out once more a frame.
    const placed = this.moving && this.placed ? this.placed : placesOn(this.row, this.stages, down);
    this.placed = placed;
    const lines = linesBetween(connections, this.stages, placed, down);
    const frames = chosen && this.digit ? framesAround(chosen, this.stages, placed, this.inspector.map) : [];
    this.lines.show(lines, frames);
    const maps = this.stages.some(({ kind }) => kind === "maps");
    const told = { lines: lines.length, words: words(lines.length), maps, shared: this.switches.shared.box.checked };
    const text = JSON.stringify(told);
    if (text !== this.told) this.legend.replaceChildren(...legendItems(told));
    this.told = text;
  }
}

/** @param {Stage} stage */
function isLayer({ kind }) {
  return kind !== "weights";
}
