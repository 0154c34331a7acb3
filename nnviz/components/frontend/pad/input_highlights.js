// The strongest inputs of a unit, lit up in the picture of the layer before it.

import { context2d, element } from "../shared/dom.js";

/** @typedef {import("../network/unit_formula.js").Term} Term */

export class InputHighlights {
  /**
   * grid(): {rows, columns} of the picture; cellOf(unit): where in it a unit lies.
   * @param {Element} frame
   * @param {() => {rows: number, columns: number}} grid
   * @param {(unit: number) => number} cellOf
   */
  constructor(frame, grid, cellOf) {
    this.frame = frame;
    this.grid = grid;
    this.cellOf = cellOf;
    /** @type {HTMLElement[]} */
    this.spans = [];
  }

  /** @param {Term[]} terms */
  show(terms) {
    const { rows, columns } = this.grid();
    const most = Math.abs(terms[0]?.product ?? 0);
    while (this.spans.length < terms.length) {
      this.spans.push(element("span", { class: "lit", "data-testid": "lit", hidden: true }));
      this.frame.append(this.spans[this.spans.length - 1]);
    }
    this.spans.forEach((span, i) => {
      const term = terms[i];
      span.hidden = !term;
      if (!term) return;
      const cell = this.cellOf(term.from);
      span.classList.toggle("minus", term.product < 0);
      span.dataset.unit = String(term.from);
      Object.assign(span.style, {
        left: `${(100 * ((cell % columns) + 0.5)) / columns}%`,
        top: `${(100 * (Math.floor(cell / columns) + 0.5)) / rows}%`,
        width: `${100 / columns}%`,
        height: `${100 / rows}%`,
        opacity: most ? 0.45 + (0.55 * Math.abs(term.product)) / most : 1,
      });
    });
  }
}

/**
 * The digit with those pixels of it in colour, small enough for a tip: the digit itself may be out of sight.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} digit
 * @param {Term[]} terms
 */
export function paintInputs(canvas, digit, terms) {
  const context = context2d(canvas);
  const picture = context.createImageData(28, 28);
  digit.forEach((value, i) => picture.data.set([value, value, value].map((n) => 255 * n).concat(255), 4 * i));
  for (const { from, product } of terms) {
    picture.data.set(product < 0 ? [111, 211, 255] : [255, 176, 0], 4 * from);
  }
  context.putImageData(picture, 0, 0);
}
