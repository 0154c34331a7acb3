// What the networks are shown of a drawing: its strokes on a canvas of its own, which nobody sees.

import { context2d, element } from "../shared/dom.js";
import { prepare, untouched } from "./preprocessing.js";
import { paintBase, paintStroke, PAPER } from "./strokes.js";

// Strokes as a picture to prepare: on a canvas of one pixel a unit, whatever the resolution of the screen, so that the
// same strokes are the same digit everywhere. All but the last stroke are painted only once.
export class InkCanvas {
  constructor() {
    this.context = inkContext();
    this.finished = inkContext(); // all strokes but the last
    /** @type {import("./strokes.js").Stroke[]} */
    this.painted = [];
    /** @type {import("./strokes.js").Base | null} */
    this.base = null;
  }

  /**
   * What a network gets of a drawing, with `options` as `prepare` has them; null for no ink.
   * @param {import("./strokes.js").Drawing} drawing
   * @param {{centre?: boolean, fit?: boolean}} options
   */
  prepare(drawing, options) {
    const picture = this.picture(drawing.strokes(), drawing.base);
    return drawing.base ? untouched(picture) : prepare(picture, options);
  }

  get canvas() {
    return this.context.canvas;
  }

  /**
   * @param {import("./strokes.js").Stroke[]} strokes
   * @param {import("./strokes.js").Base | null} [base]
   */
  picture(strokes, base = null) {
    const done = strokes.slice(0, -1);
    const known = base === this.base && this.painted.length <= done.length &&
      this.painted.every((stroke, i) => stroke === done[i]);
    if (!known) {
      this.finished.clearRect(0, 0, PAPER, PAPER);
      if (base) paintBase(this.finished, base, "black");
      this.base = base;
      this.painted = [];
    }
    for (const stroke of done.slice(this.painted.length)) paintStroke(this.finished, stroke, "black");
    this.painted = done;
    this.context.clearRect(0, 0, PAPER, PAPER);
    this.context.drawImage(this.finished.canvas, 0, 0);
    if (strokes.length) paintStroke(this.context, strokes[strokes.length - 1], "black");
    return this.context.getImageData(0, 0, PAPER, PAPER);
  }
}

function inkContext() {
  return context2d(element("canvas", { width: PAPER, height: PAPER }), { willReadFrequently: true });
}
