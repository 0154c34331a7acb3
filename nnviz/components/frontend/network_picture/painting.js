// Pictures of values: tiles on a canvas, as sharp as the screen.

import { colorScale, DIVERGING, interpolate } from "../shared/colors.js";
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

const GREY = [[0, 0, 0], [255, 255, 255]];

/**
 * @typedef {object} Picture values of one tile
 * @property {number} rows
 * @property {number} columns
 * @property {number} count of tiles
 * @property {(tile: number, place: number) => number} at the value at a place of a tile
 * @property {"grey" | "values" | "signed"} how
 * @property {boolean} shared one scale for all tiles
 */

/**
 * Paint tiles; gives the greatest size of a value.
 * @param {HTMLCanvasElement} canvas
 * @param {{width: number, height: number, tiles: Tiles}} box in CSS pixels
 * @param {Picture} picture
 */
export function paintTiles(canvas, { width, height, tiles }, { rows, columns, count, at, how, shared }) {
  const ratio = globalThis.devicePixelRatio || 1;
  const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const size = rows * columns;
  const values = new Float32Array(count * size);
  for (let tile = 0, i = 0; tile < count; tile += 1) {
    for (let place = 0; place < size; place += 1, i += 1) values[i] = at(tile, place);
  }
  const scale = scaleOf(values, how);
  const small = element("canvas", { width: columns, height: rows });
  const brush = context2d(small);
  const image = brush.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const context = context2d(canvas);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, wide, high);
  for (let tile = 0; tile < count; tile += 1) {
    const own = values.subarray(tile * size, (tile + 1) * size);
    const { low, top, map } = shared ? scale : scaleOf(own, how, scale.low < 0);
    const table = tableOf(map);
    const steps = top > low ? 255 / (top - low) : 0;
    const nothing = low < 0 ? 128 : 0;
    for (let i = 0; i < size; i += 1) pixels[i] = table[steps ? Math.round((own[i] - low) * steps) : nothing];
    brush.putImageData(image, 0, 0);
    // On whole pixels of the screen, or the smallest tiles would be blurred.
    const x = Math.round((tile % tiles.across) * (tiles.width + tiles.gap) * ratio);
    const y = Math.round(Math.floor(tile / tiles.across) * (tiles.height + tiles.gap) * ratio);
    context.drawImage(small, x, y, Math.round(tiles.width * ratio), Math.round(tiles.height * ratio));
  }
  return scale;
}

/**
 * @param {Float32Array} values
 * @param {Picture["how"]} how
 * @param {boolean} signed the scale of the whole has both signs
 */
function scaleOf(values, how, signed = false) {
  if (how === "grey") return { low: 0, top: 1, map: GREY };
  const found = colorScale(values);
  if (how === "values" && found.low === 0 && !signed) return found;
  return { low: -found.top, top: found.top, map: DIVERGING };
}
