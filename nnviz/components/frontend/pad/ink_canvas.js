// What the networks are shown of a drawing: its strokes on a canvas of its own, which nobody sees.

import { prepare, untouched } from "./preprocessing.js";
import { paintBase, paintStroke, PAPER } from "./strokes.js";

// Strokes as a picture to prepare: on a canvas of one pixel a unit, whatever the resolution of the screen, so that the
// same strokes are the same digit everywhere. All but the last stroke are painted only once.
export class InkCanvas {
  constructor() {
    [this.context, this.finished] = [0, 1].map(() => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = PAPER;
      return canvas.getContext("2d", { willReadFrequently: true });
    });
    this.painted = [];
    this.base = null;
  }

  // What a network gets of a drawing, with `options` as `prepare` has them; null for no ink.
  prepare(drawing, options) {
    const picture = this.picture(drawing.strokes(), drawing.base);
    return drawing.base ? untouched(picture) : prepare(picture, options);
  }

  get canvas() {
    return this.context.canvas;
  }

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
