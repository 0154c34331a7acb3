// A drawing as it came about: its strokes, point by point.
//
// data: {strokes: [[{width, erase, points, pressures}]], name}: as the pad has them, and what the picture is called.

import { context2d, instanceAt, onPress } from "../shared/dom.js";
import { paintDrawing, PAPER } from "../pad/strokes.js";

const WHOLE_MS = 1500; // for a drawing, however long it is

class Replay {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector(".replay"));
    /** @type {import("../pad/strokes.js").Stroke[]} */
    this.strokes = [];
    onPress(/** @type {HTMLElement} */ (root.querySelector("button")), () => this.play());
  }

  show({ strokes, name }) {
    const text = JSON.stringify(strokes[0]);
    this.canvas.setAttribute("aria-label", name);
    if (text === this.text) return;
    this.text = text;
    this.strokes = strokes[0];
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.paint(1);
    else this.play();
  }

  play() {
    cancelAnimationFrame(this.frame ?? 0);
    const began = performance.now();
    const step = (/** @type {number} */ now) => {
      const part = Math.min(1, Math.max(0, (now - began) / WHOLE_MS));
      this.paint(part);
      if (part < 1 && this.canvas.isConnected) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  /** @param {number} part of all points */
  paint(part) {
    const all = this.strokes.reduce((sum, stroke) => sum + stroke.points.length / 2, 0);
    let left = Math.ceil(part * all);
    /** @type {import("../pad/strokes.js").Stroke[]} */
    const shown = [];
    for (const stroke of this.strokes) {
      const n = Math.min(left, stroke.points.length / 2);
      if (n > 0) {
        const pressures = stroke.pressures && { pressures: stroke.pressures.slice(0, n) };
        shown.push({ ...stroke, points: stroke.points.slice(0, 2 * n), ...pressures });
      }
      left -= n;
    }
    const context = context2d(this.canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, PAPER, PAPER);
    paintDrawing(context, shown, "white");
  }
}

export default function ({ parentElement, data }) {
  instanceAt(parentElement, () => new Replay(parentElement)).show(data);
}
