// A drawing as vectors, so that taking back is exact and the picture is sharp at every resolution. No page, no
// pointer and no network in here.
//
// The paper may have a picture on it that is a digit already, {picture: base64 of 28 x 28 bytes, ...}, and strokes lie
// over it. A stroke is {width, erase, points: [x, y, x, y, ...], pressures: [...] or absent}. All are whole numbers,
// so that a drawing that has been sent and fetched again is the very same: lengths in quarters of a unit, the
// paper being 280 units wide and high; pressures from 0 to 255, one a point, 128 giving `width` itself.
// nnviz/components/pad_message.py draws the same strokes on the server.

import { bytesFromBase64 } from "../shared/text.js";

export const PAPER = 280;
const STEPS_PER_UNIT = 4;
const MIN_DISTANCE = 1.5; // units: nearer points tell nothing new
const MAX_POINTS = 6000;
const MAX_STROKES = 1000; // the server takes no more of either

/**
 * @typedef {{width: number, erase: boolean, points: number[], pressures?: number[]}} Stroke
 * @typedef {{picture: string, words?: string, answer?: string, told?: boolean}} Base
 */

export class Drawing {
  constructor() {
    // Strokes, and where the paper was wiped "clear" or the picture that was put there: that can be taken back too.
    /** @type {("clear" | Base | Stroke)[]} */
    this.done = [];
    /** @type {("clear" | Base | Stroke)[]} */
    this.undone = [];
    /** @type {Stroke | null} */
    this.current = null;
  }

  /**
   * What is on the paper now.
   * @returns {Stroke[]}
   */
  strokes() {
    const onPaper = this.done.slice(this.wiped + 1);
    return /** @type {Stroke[]} */ (this.current ? [...onPaper, this.current] : onPaper);
  }

  /**
   * What was put on the paper under the strokes, or null.
   * @returns {Base | null}
   */
  get base() {
    const last = this.done[this.wiped];
    return last && last !== "clear" && "picture" in last ? last : null;
  }

  get wiped() {
    return this.done.findLastIndex((item) => item === "clear" || "picture" in item);
  }

  get empty() {
    return !this.base && !this.strokes().some((stroke) => !stroke.erase);
  }

  get full() {
    return this.done.length - 1 - this.wiped >= MAX_STROKES ||
      this.strokes().reduce((sum, stroke) => sum + stroke.points.length / 2, 0) >= MAX_POINTS;
  }

  /**
   * pressure: from 0 to 1, or null for what has none (a mouse, most fingers).
   * @param {number} x
   * @param {number} y
   * @param {{width: number, erase?: boolean, pressure?: number | null}} pen
   */
  begin(x, y, { width, erase = false, pressure = null }) {
    this.end();
    this.current = { width: Math.round(STEPS_PER_UNIT * width), erase, points: [] };
    if (pressure !== null) this.current.pressures = [];
    this.extend(x, y, pressure, true);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number | null} [pressure]
   * @param {boolean} [always]
   */
  extend(x, y, pressure = null, always = false) {
    const stroke = this.current;
    if (!stroke || (this.full && !always)) return;
    const [lastX, lastY] = stroke.points.slice(-2).map((n) => n / STEPS_PER_UNIT);
    if (!always && Math.hypot(x - lastX, y - lastY) < MIN_DISTANCE) return;
    // A captured pointer may leave the paper; its line ends a paper's width away from it.
    for (const n of [x, y]) {
      stroke.points.push(Math.round(STEPS_PER_UNIT * Math.min(2 * PAPER, Math.max(-PAPER, n))));
    }
    stroke.pressures?.push(Math.round(255 * Math.min(1, Math.max(0, pressure ?? 0.5))));
  }

  end() {
    if (!this.current) return false;
    this.done.push(this.current);
    this.current = null;
    this.undone = [];
    return true;
  }

  // The stroke under way was none. What could be drawn again still can.
  drop() {
    const begun = this.current !== null;
    this.current = null;
    return begun;
  }

  undo() {
    this.end();
    const last = this.done.pop();
    if (!last) return false;
    this.undone.push(last);
    return true;
  }

  redo() {
    const last = this.current ? undefined : this.undone.pop();
    if (!last) return false;
    this.done.push(last);
    return true;
  }

  clear() {
    this.end();
    if (!this.strokes().length && !this.base) return false;
    this.done.push("clear");
    this.undone = [];
    return true;
  }

  /**
   * base: {picture, ...}, which stays with it.
   * @param {Base} base
   */
  put(base) {
    this.end();
    this.done.push(base);
    this.undone = [];
  }

  // Everything, also what can be drawn again: for `restore`.
  all() {
    return { done: this.done, undone: this.undone };
  }

  /**
   * False, and nothing has changed, where that is not what `all` gave.
   * @param {any} saved
   * @returns {boolean}
   */
  restore({ done, undone }) {
    const whole = (numbers) => Array.isArray(numbers) && numbers.every(Number.isInteger);
    const known = (item) =>
      item === "clear" || typeof item?.picture === "string" ||
      (whole(item?.points) && item.points.length > 0 && Number.isInteger(item.width));
    if (![done, undone].every((items) => Array.isArray(items) && items.every(known))) return false;
    Object.assign(this, { done, undone, current: null });
    return true;
  }

  /**
   * @param {Stroke[]} strokes
   * @param {Base | null} [base]
   */
  load(strokes, base = null) {
    this.done = base ? [base, ...strokes] : [...strokes];
    this.undone = [];
    this.current = null;
  }
}

/**
 * The width of the line at each point, in units.
 * @param {Stroke} stroke
 */
export function lineWidths(stroke) {
  const width = stroke.width / STEPS_PER_UNIT;
  const pressures = stroke.pressures ?? new Array(stroke.points.length / 2).fill(128);
  return pressures.map((pressure) => width * (0.5 + pressure / 256));
}

/**
 * Paint one stroke in `colour` on a context whose unit is the paper's. Between the middles of its segments the line
 * is a parabola that the points pull at, which makes an even curve of a shaky hand's corners.
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 * @param {string} colour
 */
export function paintStroke(context, stroke, colour) {
  const { points } = stroke;
  /** @type {(i: number) => [number, number]} */
  const at = (i) => [points[2 * i] / STEPS_PER_UNIT, points[2 * i + 1] / STEPS_PER_UNIT];
  /** @type {(i: number) => [number, number]} */
  const middle = (i) => [(at(i)[0] + at(i + 1)[0]) / 2, (at(i)[1] + at(i + 1)[1]) / 2];
  const widths = lineWidths(stroke);
  const last = widths.length - 1;
  context.save();
  context.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
  context.strokeStyle = colour;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...at(0));
  context.lineWidth = widths[0];
  for (let i = 0; i < last; i += 1) {
    context.quadraticCurveTo(...at(i), ...middle(i));
    if (stroke.pressures) {
      // A path has one width. One of many widths is painted piece by piece, at the price of a rougher edge.
      context.stroke();
      context.beginPath();
      context.moveTo(...middle(i));
      context.lineWidth = widths[i + 1];
    }
  }
  // A line of no length is not painted, so a single point gets one of next to none: its ends make a dot.
  const [x, y] = at(last);
  context.lineTo(last ? x : x + 0.01, y);
  context.stroke();
  context.restore();
}

/**
 * base: as Drawing.base, a square of 10 x 10 units a pixel, as opaque as it is bright.
 * @param {CanvasRenderingContext2D} context
 * @param {Base} base
 * @param {string} colour
 */
export function paintBase(context, base, colour) {
  if (!paintedBases.has(base)) paintedBases.set(base, {});
  const painted = paintedBases.get(base);
  painted[colour] ??= pixelCanvas(bytesFromBase64(base.picture), colour);
  context.save();
  context.imageSmoothingEnabled = false;
  context.drawImage(painted[colour], 0, 0, PAPER, PAPER);
  context.restore();
}

const paintedBases = new WeakMap(); // base -> colour -> canvas: it is painted once a frame

/**
 * @param {Uint8Array} bytes
 * @param {string} colour
 */
function pixelCanvas(bytes, colour) {
  const side = Math.sqrt(bytes.length);
  const canvas = new OffscreenCanvas(side, side);
  const dots = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const pixels = dots.createImageData(side, side);
  bytes.forEach((ink, i) => (pixels.data[4 * i + 3] = ink));
  dots.putImageData(pixels, 0, 0);
  dots.globalCompositeOperation = "source-in";
  dots.fillStyle = colour;
  dots.fillRect(0, 0, side, side);
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {string} colour
 * @param {Base | null} [base]
 */
export function paintDrawing(context, strokes, colour, base = null) {
  if (base) paintBase(context, base, colour);
  for (const stroke of strokes) paintStroke(context, stroke, colour);
}
