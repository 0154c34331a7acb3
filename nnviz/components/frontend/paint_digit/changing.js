// What painting does to a digit, and how far the digit is then from what it was.

export const SIDE = 28;
export const VISIBLE = 0.1; // as in nnviz/inspection/fooling.py
const MIDDLE = 0.5; // what one stroke adds to a pixel
const BESIDE = 0.15; // and to those beside it

/**
 * A stroke's picture: each pixel changes once, by the most that a place of the stroke gives it, and stays in 0 to 1.
 * @param {Float32Array} from the picture before the stroke
 * @param {Iterable<number>} places pixels, row after row
 * @param {number} sign 1 for more ink, -1 for less
 */
export function painted(from, places, sign) {
  const most = new Float32Array(from.length);
  const reach = (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ by) => {
    if (row < 0 || row >= SIDE || column < 0 || column >= SIDE) return;
    most[row * SIDE + column] = Math.max(most[row * SIDE + column], by);
  };
  for (const place of places) {
    const [row, column] = [Math.floor(place / SIDE), place % SIDE];
    reach(row, column, MIDDLE);
    for (const step of [-1, 1]) {
      reach(row + step, column, BESIDE);
      reach(row, column + step, BESIDE);
    }
  }
  return from.map((value, i) => Math.min(1, Math.max(0, value + sign * most[i])));
}

/**
 * How far two pictures are apart.
 * @param {Float32Array} before
 * @param {Float32Array} after
 */
export function distance(before, after) {
  let [pixels, squares, largest] = [0, 0, 0];
  for (let i = 0; i < before.length; i += 1) {
    const change = Math.abs(after[i] - before[i]);
    if (change > VISIBLE) pixels += 1;
    squares += change ** 2;
    largest = Math.max(largest, change);
  }
  return { pixels, length: Math.sqrt(squares), largest };
}
