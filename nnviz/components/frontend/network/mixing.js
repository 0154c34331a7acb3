// What layers need to know that merge several inputs, normalise a digit by its own numbers, or change its size; the
// interpreter computes with it, and the formulas of units are made of it.

/** @typedef {import("./interpreter.js").Layer} Layer */

/**
 * For each unit of a merging layer the unit of its i-th input that it reads; null where that is the unit of its own
 * number. What is 1 long along an axis is read for all of that axis.
 * @param {Layer} layer
 * @param {number} i
 * @returns {Int32Array | null}
 */
export function mergedFrom({ inputs, shape }, i) {
  const given = inputs[i].shape;
  if (given.every((length, axis) => length === shape[axis])) return null;
  const count = shape.reduce((product, length) => product * length, 1);
  return Int32Array.from({ length: count }, (_, unit) => {
    let [rest, from, step] = [unit, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const at = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
      if (given[axis] > 1) from += at * step;
      step *= given[axis];
    }
    return from;
  });
}

/**
 * Mean, and one over the deviation, of the run of values that begins there.
 * @param {Layer} layer
 * @param {number} start
 */
export function momentsOf({ inputs: [{ values: from }], run, epsilon }, start) {
  let [sum, squares] = [0, 0];
  for (let i = start; i < start + run; i += 1) sum += from[i];
  const mean = sum / run;
  for (let i = start; i < start + run; i += 1) squares += (from[i] - mean) ** 2;
  return { mean, factor: 1 / Math.sqrt(squares / run + epsilon) };
}

/**
 * One over the root of the mean square of the run of values that begins there.
 * @param {Layer} layer
 * @param {number} start
 */
export function powerFactor({ inputs: [{ values: from }], run, epsilon }, start) {
  let squares = 0;
  for (let i = start; i < start + run; i += 1) squares += from[i] ** 2;
  return 1 / Math.sqrt(squares / run + epsilon);
}

/**
 * Mean, and one over the deviation, of a group: `run` maps, at every place.
 * @param {Layer} layer
 * @param {number} group
 */
export function groupMoments({ inputs: [{ values: from }], run, maps, epsilon }, group) {
  let [sum, squares] = [0, 0];
  const places = from.length / maps;
  const count = places * run;
  /** @param {(value: number) => void} see */
  const each = (see) => {
    for (let place = 0; place < places; place += 1) {
      const start = place * maps + group * run;
      for (let i = start; i < start + run; i += 1) see(from[i]);
    }
  };
  each((value) => sum += value);
  const mean = sum / count;
  each((value) => squares += (value - mean) ** 2);
  return { mean, factor: 1 / Math.sqrt(squares / count + epsilon) };
}

/**
 * One over the length of the run of values that begins there.
 * @param {Layer} layer
 * @param {number} start
 */
export function lengthFactor({ inputs: [{ values: from }], run }, start) {
  let squares = 0;
  for (let i = start; i < start + run; i += 1) squares += from[i] ** 2;
  return 1 / Math.max(Math.sqrt(squares), 1e-12);
}

/**
 * The two pixels of a row of n between which pixel `at` of m lies, and how far on it is; TensorFlow's way.
 * @param {number} at
 * @param {number} n
 * @param {number} m
 */
export function betweenPixels(at, n, m) {
  const place = (at + 0.5) * (n / m) - 0.5;
  const within = (pixel) => Math.min(Math.max(pixel, 0), n - 1);
  const below = Math.floor(place);
  return { below: within(below), above: within(Math.ceil(place)), share: place - below };
}
