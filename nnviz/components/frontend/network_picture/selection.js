// Which unit the pointer and the keyboard are at, and which one is open.

import { setText } from "../shared/dom.js";
import { moved } from "./keys.js";
import { cellOf, unitAt } from "./layout.js";
import { describeStage, startOf, strongestPlace, tellUnit } from "./stage_element.js";

/**
 * @typedef {import("../network/stages.js").Stage} Stage
 * @typedef {import("./stage_element.js").Shown} Shown
 * @typedef {{stage: Shown, unit: number}} Place
 */

export class Selection {
  /**
   * @param {HTMLElement} readout what is told of the unit at the pointer
   * @param {Element} status the same of the one that was opened, to be read out
   * @param {(fresh: boolean) => void} changed another unit is open, or none; fresh: there was none before
   */
  constructor(readout, status, changed) {
    this.readout = readout;
    this.status = status;
    this.changed = changed;
    /** @type {Shown[]} */
    this.stages = [];
    this.down = false; // whether stages stand below each other
    /** @type {Place | null} */
    this.cursor = null;
    /** @type {Place | null} */
    this.chosen = null;
  }

  /**
   * New elements for the same network; what is open stays open.
   * @param {Shown[]} stages
   */
  furnish(stages) {
    this.stages = stages;
    for (const stage of stages) this.listen(stage);
    this.cursor = null;
    const again = stages.find(({ layer, kind }) => layer === this.chosen?.stage.layer && kind !== "weights");
    this.chosen = this.chosen && again ? { stage: again, unit: this.chosen.unit } : null;
    this.setStop(stages[0]);
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
      if (unit !== null) this.press(stage, unit);
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
      this.press(stage, here);
      return;
    }
    if (!event.key.startsWith("Arrow") && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    const next = moved(event.key, this.stages, stage, here, this.down);
    if (!next) return;
    if (next.stage !== stage) {
      this.setStop(next.stage);
      next.stage.frame.focus();
    }
    this.cursor = next;
    if (this.chosen) this.choose(next.stage, next.unit);
    this.point(next.stage, next.unit);
  }

  /**
   * The unit of a stage that the keyboard is at.
   * @param {Shown} stage
   */
  at(stage) {
    return this.cursor?.stage === stage ? this.cursor.unit : startOf(stage);
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
   * Open a unit; one that is open already is closed.
   * @param {Shown} stage
   * @param {number} unit
   */
  press(stage, unit) {
    const open = this.chosen;
    const [own, which] = this.unitOf(stage, unit);
    if (open?.stage === own && open.unit === which) this.close();
    else this.choose(own, which);
  }

  /**
   * @param {Shown} stage
   * @param {number} unit
   */
  choose(stage, unit) {
    const fresh = !this.chosen;
    const [own, which] = this.unitOf(stage, unit);
    this.chosen = { stage: own, unit: which };
    this.cursor = { stage: own, unit: which };
    this.setStop(own);
    setText(this.status, tellUnit(own, which));
    this.changed(fresh);
  }

  /**
   * A picture of weights stands for the unit whose weights they are.
   * @param {Shown} stage
   * @param {number} unit
   * @returns {[Shown, number]}
   */
  unitOf(stage, unit) {
    if (stage.kind !== "weights") return [stage, unit];
    const { layer, count } = stage;
    const own = this.stages.find((each) => each.layer === layer && each.kind !== "weights") ?? stage;
    return [own, layer.kind === "Dense" ? unit % count : strongestPlace(own, unit % count)];
  }

  close() {
    const stage = this.chosen?.stage;
    const root = /** @type {Document | ShadowRoot | undefined} */ (stage?.frame.getRootNode());
    const own = root?.activeElement || document.activeElement === document.body;
    this.chosen = null;
    this.changed(false);
    if (own) stage?.frame.focus({ preventScroll: true }); // else it is at something else on the page
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
}
