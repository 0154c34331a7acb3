// Layers that stand at many places: what a convolution sees at each, and what a pooling takes.

import { paddingBefore } from "../network/matmul.js";

/**
 * @typedef {object} Maps
 * @property {number} rows
 * @property {number} columns
 * @property {number} places rows × columns
 * @property {number} given numbers that come in
 * @property {Int32Array} seen (places, inputs) which number of those, −1 beyond the edge
 * @property {number[]} kernel rows, columns, maps that come in
 *
 * @typedef {object} Pool
 * @property {number} rows
 * @property {number} columns
 * @property {number} size places of a window
 * @property {Int32Array} seen (rows × columns, size) places of the maps before it, −1 beyond the edge
 * @property {boolean} mean it takes the mean of each window, not the greatest
 */

/**
 * Which place of a picture each window sees, row after row; −1 beyond the edge.
 * @param {number[]} from rows and columns of the picture
 * @param {{shape: number[], strides: number[], padding: string}} step
 * @param {number[]} size rows and columns of a window
 */
function windowPlaces([rowsIn, columnsIn], { shape: [rows, columns], strides, padding }, [high, wide]) {
  const above = paddingBefore(rowsIn, high, strides[0], padding);
  const left = paddingBefore(columnsIn, wide, strides[1], padding);
  const seen = new Int32Array(rows * columns * high * wide);
  let at = 0;
  for (let place = 0; place < rows * columns; place += 1) {
    for (let i = 0; i < high * wide; i += 1, at += 1) {
      const row = Math.floor(place / columns) * strides[0] - above + Math.floor(i / wide);
      const column = (place % columns) * strides[1] - left + i % wide;
      const there = row >= 0 && row < rowsIn && column >= 0 && column < columnsIn;
      seen[at] = there ? row * columnsIn + column : -1;
    }
  }
  return seen;
}

/**
 * @param {number[]} from
 * @param {any} step
 * @param {number[]} kernel
 * @returns {Maps}
 */
export function windowsOf(from, step, [high, wide, channels]) {
  const { shape: [rows, columns] } = step;
  const seen = new Int32Array(rows * columns * high * wide * channels);
  windowPlaces(from, step, [high, wide]).forEach((place, at) => {
    for (let c = 0; c < channels; c += 1) seen[at * channels + c] = place < 0 ? -1 : place * channels + c;
  });
  const given = from[0] * from[1] * channels;
  return { rows, columns, places: rows * columns, given, seen, kernel: [high, wide, channels] };
}

/**
 * @param {number[]} from
 * @param {any} step
 * @returns {Pool}
 */
export function poolOf(from, step) {
  const whole = step.kind?.startsWith("Global"); // one window for the whole picture
  const [rows, columns] = whole ? [1, 1] : step.shape;
  const size = whole ? from : step.pool_size;
  const how = whole ? { padding: "valid" } : step;
  const seen = windowPlaces(from, { ...how, shape: [rows, columns], strides: how.strides ?? size }, size);
  return { rows, columns, size: size[0] * size[1], seen, mean: Boolean(step.mean) };
}

/**
 * How many places of a window lie in the picture.
 * @param {Pool} pool
 * @param {number} q the window
 */
export function inside({ size, seen }, q) {
  let count = 0;
  for (let i = q * size; i < (q + 1) * size; i += 1) if (seen[i] >= 0) count += 1;
  return count;
}

/**
 * For each window and map the place of its greatest value, the first of several.
 * @param {Pool} pool
 * @param {ArrayLike<number>} values
 * @param {number} start of a digit's values
 * @param {number} units maps
 * @param {number} q the window
 * @param {number} f the map
 */
export function winner({ size, seen }, values, start, units, q, f) {
  let best = -1;
  for (let i = q * size; i < (q + 1) * size; i += 1) {
    if (seen[i] < 0) continue;
    if (best < 0 || values[start + seen[i] * units + f] > values[start + best * units + f]) best = seen[i];
  }
  return best;
}

/**
 * The greatest of each window, or its mean.
 * @param {Pool} pool
 * @param {Float64Array} values (n, places, units)
 * @param {number} n
 * @param {number} units
 */
export function pooled(pool, values, n, units) {
  const { rows, columns, size, seen } = pool;
  if (pool.mean) return meant(pool, values, n, units);
  const [windows, before] = [rows * columns, values.length / n];
  const made = new Float64Array(n * windows * units).fill(-Infinity);
  for (let row = 0, to = 0; row < n; row += 1) {
    for (let q = 0; q < windows; q += 1, to += units) {
      for (let i = q * size; i < (q + 1) * size; i += 1) {
        if (seen[i] < 0) continue;
        const from = row * before + seen[i] * units;
        for (let f = 0; f < units; f += 1) if (values[from + f] > made[to + f]) made[to + f] = values[from + f];
      }
    }
  }
  return made;
}

/**
 * @param {Pool} pool
 * @param {Float64Array} values
 * @param {number} n
 * @param {number} units
 */
function meant(pool, values, n, units) {
  const { rows, columns, size, seen } = pool;
  const [windows, before] = [rows * columns, values.length / n];
  const made = new Float64Array(n * windows * units);
  const shares = Array.from({ length: windows }, (_, q) => 1 / inside(pool, q));
  for (let row = 0, to = 0; row < n; row += 1) {
    for (let q = 0; q < windows; q += 1, to += units) {
      for (let i = q * size; i < (q + 1) * size; i += 1) {
        if (seen[i] < 0) continue;
        const from = row * before + seen[i] * units;
        for (let f = 0; f < units; f += 1) made[to + f] += values[from + f] * shares[q];
      }
    }
  }
  return made;
}
