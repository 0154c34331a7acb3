// Pictures of values: tiles on a canvas, as sharp as the screen.

import { CIVIDIS, DIVERGING, GREY, interpolate } from "../shared/colors.js";
import { context2d, element } from "../shared/dom.js";

/** @typedef {import("./layout.js").Tiles} Tiles */

/** @type {Map<number[][], Uint32Array>} 256 colours of a map as whole pixels */
const tables = new Map();

/** @param {number[][]} map */
function tableOf(map) {
  const known = tables.get(map);
  if (known) return known;
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let shade = 0; shade < 256; shade += 1) bytes.set([...interpolate(map, shade / 255), 255], 4 * shade);
  const made = new Uint32Array(bytes.buffer);
  tables.set(map, made);
  return made;
}

/**
 * @typedef {object} Picture
 * @property {number} rows of a tile
 * @property {number} columns
 * @property {number} count of tiles
 * @property {ArrayLike<number>} values place after place, the tiles of a place side by side, as a layer puts them out
 * @property {"grey" | "values" | "signed"} how
 * @property {boolean} shared one scale for all tiles
 */

/** @type {WeakMap<HTMLCanvasElement, ReturnType<typeof createSheet>>} what a canvas is painted from, kept for the next */
const sheets = new WeakMap();

/**
 * All tiles below each other, a pixel a value.
 * @param {number} columns
 * @param {number} rows of all tiles together
 */
function createSheet(columns, rows) {
  const canvas = element("canvas", { width: columns, height: rows });
  const context = context2d(canvas);
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  return {
    canvas,
    columns,
    rows,
    pixels,
    values: new Float32Array(pixels.length),
    put: () => context.putImageData(image, 0, 0),
  };
}

/**
 * Paint tiles; gives the scale of all.
 * @param {HTMLCanvasElement} canvas
 * @param {{width: number, height: number, tiles: Tiles}} box in CSS pixels
 * @param {Picture} picture
 */
export function paintTiles(canvas, { width, height, tiles }, { rows, columns, count, values: given, how, shared }) {
  const ratio = globalThis.devicePixelRatio || 1;
  const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== wide || canvas.height !== high) {
    Object.assign(canvas, { width: wide, height: high });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  let sheet = sheets.get(canvas);
  if (sheet?.columns !== columns || sheet.rows !== rows * count) {
    sheet = createSheet(columns, rows * count);
    sheets.set(canvas, sheet);
  }
  const { values, pixels } = sheet;
  const size = rows * columns;
  for (let tile = 0, i = 0; tile < count; tile += 1) {
    for (let from = tile; i < (tile + 1) * size; i += 1, from += count) values[i] = given[from];
  }
  const scale = scaleOf(values, how);
  for (let tile = 0; tile < count; tile += 1) {
    const [start, end] = [tile * size, (tile + 1) * size];
    const { low, top, map } = shared ? scale : scaleOf(values.subarray(start, end), how, scale.low < 0);
    const table = tableOf(map);
    const steps = top > low ? 255 / (top - low) : 0;
    const nothing = low < 0 ? 128 : 0;
    for (let i = start; i < end; i += 1) pixels[i] = table[steps ? Math.round((values[i] - low) * steps) : nothing];
  }
  sheet.put();
  const context = context2d(canvas);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, wide, high);
  const [over, down] = [Math.round(tiles.width * ratio), Math.round(tiles.height * ratio)];
  for (let tile = 0; tile < count; tile += 1) {
    // On whole pixels of the screen, or the smallest tiles would be blurred.
    const x = Math.round((tile % tiles.across) * (tiles.width + tiles.gap) * ratio);
    const y = Math.round(Math.floor(tile / tiles.across) * (tiles.height + tiles.gap) * ratio);
    context.drawImage(sheet.canvas, 0, tile * rows, columns, rows, x, y, over, down);
  }
  return scale;
}

/**
 * From which value to which colours go: amounts from nought, values with a sign as far to both sides.
 * @param {Float32Array} values
 * @param {Picture["how"]} how
 * @param {boolean} signed the scale of the whole has both signs
 */
export function scaleOf(values, how, signed = false) {
  if (how === "grey") return { low: 0, top: 1, map: GREY };
  let [least, most] = [0, 0];
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] < least) least = values[i];
    if (values[i] > most) most = values[i];
  }
  if (how === "values" && least === 0 && !signed) return { low: 0, top: most, map: CIVIDIS };
  const top = Math.max(most, -least);
  return { low: -top, top, map: DIVERGING };
}
