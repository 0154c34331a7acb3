// A drawing becomes a digit the networks have seen the like of, in the browser: the steps, the names and the numbers
// of nnviz/data/preprocessing.py, which says why they are these. It is done anew for every move of the pen, so the large buffers
// are kept: `ink` and `cropped` are good until the next call; `scaled` and `centred` are the caller's.

import { paintBase, paintStroke, PAPER } from "./strokes.js";
import { context2d, element } from "../shared/dom.js";

/**
 * @typedef {object} Preparation the pictures of each step, in reading order, ink being 1
 * @property {Float32Array} ink the whole canvas; good until the next call, as `cropped` is
 * @property {Float32Array} cropped the ink's box in it
 * @property {Float32Array} scaled fitted into 20 x 20
 * @property {Float32Array} centred 784 long
 * @property {Record<"ink" | "cropped" | "scaled" | "centred", number[]>} sizes rows and columns of each
 * @property {number[]} corner row and column of the canvas at which `cropped` starts
 * @property {number[]} offset row and column of `centred` at which `scaled` starts
 * @property {boolean} [untouched]
 */

export const MNIST = { side: 28, box: 20, centre: 13.5, tie: 1e-4 };
const INK = { visible: Math.fround(0.2), faintest: 16, opaque: 128 };

const preparing = {
  amounts: new Uint8Array(0),
  ink: new Float32Array(0),
  cropped: new Float32Array(0),
  partly: new Float32Array(0),
};

/**
 * imageData: {data: RGBA bytes, width, height}. Returns null where there is no ink, else pictures as Float32Array in
 * reading order, ink being 1: ink, the whole canvas; cropped, the ink's box in it, which starts at corner = [row,
 * column]; scaled, fitted into 20 x 20; centred, 784 long, with `scaled` starting at offset = [row, column]. sizes:
 * [rows, columns] of each. centre, fit: false leaves that step out.
 * @param {{data: Uint8ClampedArray, width: number, height: number}} imageData
 * @param {{centre?: boolean, fit?: boolean}} [options]
 * @returns {Preparation | null}
 */
export function prepare({ data, width, height }, { centre = true, fit = true } = {}) {
  const peaks = extractInk(data, width, height);
  if (!peaks) return null;
  const [top, bottom] = inkedRange(peaks.rows);
  const [left, right] = inkedRange(peaks.columns);
  const [high, wide] = [bottom - top + 1, right - left + 1];
  const ink = preparing.ink.subarray(0, width * height);
  const cropped = buffer("cropped", high * wide);
  for (let row = 0; row < high; row += 1) {
    const from = (top + row) * width + left;
    cropped.set(ink.subarray(from, from + wide), row * wide);
  }
  const longer = fit ? Math.max(high, wide) : Math.max(height, width);
  const side = fit ? MNIST.box : MNIST.side;
  const [rows, columns] = [high, wide].map((n) => Math.max(1, Math.floor((2 * side * n + longer) / (2 * longer))));
  const scaled = areaAverage(cropped, high, wide, rows, columns);
  const brightest = scaled.reduce((most, value) => Math.max(most, value), 0);
  const massOfRows = new Float64Array(rows);
  const massOfColumns = new Float64Array(columns);
  for (let row = 0, i = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, i += 1) {
      scaled[i] /= brightest;
      massOfRows[row] += scaled[i];
      massOfColumns[column] += scaled[i];
    }
  }
  const offset = centre
    ? [centredStart(massOfRows), centredStart(massOfColumns)]
    : [drawnStart(top, bottom, height, rows), drawnStart(left, right, width, columns)];
  const centred = new Float32Array(MNIST.side * MNIST.side);
  for (let row = 0; row < rows; row += 1) {
    centred.set(
      scaled.subarray(row * columns, (row + 1) * columns),
      (offset[0] + row) * MNIST.side + offset[1],
    );
  }
  const sizes = {
    ink: [height, width],
    cropped: [high, wide],
    scaled: [rows, columns],
    centred: [MNIST.side, MNIST.side],
  };
  return { ink, cropped, scaled, centred, sizes, corner: [top, left], offset };
}

/**
 * A picture that is a digit already, 28 x 28 under ten times as many pixels: averaged, and otherwise left as it is. As
 * `prepare`, with `untouched: true`.
 * @param {{data: Uint8ClampedArray, width: number, height: number}} imageData
 * @returns {Preparation | null}
 */
export function untouched({ data, width, height }) {
  const ink = buffer("ink", width * height);
  for (let i = 0; i < ink.length; i += 1) ink[i] = data[4 * i + 3] / 255;
  const centred = areaAverage(ink, height, width, MNIST.side, MNIST.side);
  const [whole, small] = [[height, width], [MNIST.side, MNIST.side]];
  const sizes = { ink: whole, cropped: whole, scaled: small, centred: small };
  const seen = centred.some((value) => value > 0);
  const picture = { ink, cropped: ink, scaled: centred, centred, sizes, corner: [0, 0], offset: [0, 0] };
  return seen ? { ...picture, untouched: true } : null;
}

function buffer(name, length) {
  if (preparing[name].length < length) preparing[name] = new preparing[name].constructor(length);
  return preparing[name].subarray(0, length);
}

/**
 * Fill preparing.ink with how much of a pen is on each pixel, the greatest 1; null where there is no ink, else the
 * greatest of each row and column. On a canvas that is transparent somewhere opacity is ink, otherwise what differs
 * from the paper.
 * @param {Uint8ClampedArray} data
 * @param {number} width
 * @param {number} height
 */
function extractInk(data, width, height) {
  const amounts = buffer("amounts", width * height);
  let [faintest, peak, floor] = [255, 0, 0];
  for (let i = 0, at = 3; i < amounts.length; i += 1, at += 4) {
    const alpha = data[at];
    amounts[i] = alpha;
    if (alpha < faintest) faintest = alpha;
    if (alpha > peak) peak = alpha;
  }
  if (faintest !== 0 && Math.min(INK.opaque, peak) <= faintest) {
    floor = distancesFromPaper(data, width, height, amounts);
    peak = amounts.reduce((most, amount) => Math.max(most, amount), 0);
  }
  if (peak - floor < INK.faintest) return null;
  const inks = Float32Array.from(
    { length: 256 },
    (_, amount) => Math.max(amount - floor, 0) / (peak - floor),
  );
  const ink = buffer("ink", width * height);
  const peaks = { rows: new Float32Array(height), columns: new Float32Array(width) };
  for (let row = 0, i = 0; row < height; row += 1) {
    let greatest = 0;
    for (let column = 0; column < width; column += 1, i += 1) {
      const value = (ink[i] = inks[amounts[i]]);
      if (value > greatest) greatest = value;
      if (value > peaks.columns[column]) peaks.columns[column] = value;
    }
    peaks.rows[row] = greatest;
  }
  return peaks;
}

/**
 * Fill `amounts` with how far each pixel is from the paper, and return how far the paper is from itself.
 * @param {Uint8ClampedArray} data
 * @param {number} width
 * @param {number} height
 * @param {Uint8Array} amounts
 */
function distancesFromPaper(data, width, height, amounts) {
  amounts.fill(0);
  const at = borderPixels(width, height);
  for (let channel = 0; channel < 3; channel += 1) {
    const paper = Math.floor(median(at.map((i) => data[4 * i + channel])));
    for (let i = 0; i < amounts.length; i += 1) {
      amounts[i] = Math.max(amounts[i], Math.abs(data[4 * i + channel] - paper));
    }
  }
  return 4 * median(at.map((i) => amounts[i]));
}

/**
 * The places of the outermost pixels, corners twice.
 * @param {number} width
 * @param {number} height
 */
function borderPixels(width, height) {
  const across = Array.from({ length: width }, (_, column) => [column, (height - 1) * width + column]);
  const down = Array.from({ length: height }, (_, row) => [row * width, row * width + width - 1]);
  return [...across, ...down].flat();
}

/** @param {Iterable<number>} numbers */
function median(numbers) {
  const sorted = Uint8Array.from(numbers).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {Float32Array} peaks */
function inkedRange(peaks) {
  let [first, last] = [0, peaks.length - 1];
  while (!(peaks[first] > INK.visible)) first += 1;
  while (!(peaks[last] > INK.visible)) last -= 1;
  return [first, last];
}

/**
 * A picture of high x wide averaged over area to rows x columns: rows first, then columns.
 * @param {Float32Array} picture
 * @param {number} high
 * @param {number} wide
 * @param {number} rows
 * @param {number} columns
 */
function areaAverage(picture, high, wide, rows, columns) {
  const partly = buffer("partly", rows * wide).fill(0);
  /**
   * @param {number} n
   * @param {number} m
   * @param {(from: number, to: number, share: number) => void} visit
   */
  forEachShare(high, rows, (from, to, share) => {
    for (let column = 0; column < wide; column += 1) {
      partly[to * wide + column] += share * picture[from * wide + column];
    }
  });
  const scaled = new Float32Array(rows * columns);
  forEachShare(wide, columns, (from, to, share) => {
    for (let row = 0; row < rows; row += 1) scaled[row * columns + to] += share * partly[row * wide + from];
  });
  return scaled;
}

// visit(from, to, share): what share each of n input pixels has in each of m output pixels.
function forEachShare(n, m, visit) {
  for (let to = 0; to < m; to += 1) {
    const [start, end] = [to * (n / m), (to + 1) * (n / m)];
    for (let from = Math.floor(start); from < Math.min(n, end); from += 1) {
      visit(from, to, (Math.min(end, from + 1) - Math.max(start, from)) * (m / n));
    }
  }
}

/**
 * The row (or column) at which a digit begins whose rows (or columns) hold this much ink.
 * @param {Float64Array} mass
 */
function centredStart(mass) {
  const sum = mass.reduce((total, value) => total + value, 0);
  const middle = mass.reduce((total, value, i) => total + i * value, 0) / sum;
  return Math.min(Math.max(Math.ceil(MNIST.centre - middle - MNIST.tie), 0), MNIST.side - mass.length);
}

/**
 * The same for a digit that stays where it was drawn, from pixel `first` to pixel `last` of the canvas.
 * @param {number} first
 * @param {number} last
 * @param {number} canvas
 * @param {number} length
 */
function drawnStart(first, last, canvas, length) {
  const start = Math.floor((MNIST.side * ((first + last + 1) / 2)) / canvas - length / 2 + 0.5);
  return Math.min(Math.max(start, 0), MNIST.side - length);
}

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
