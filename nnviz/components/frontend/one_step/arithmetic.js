// The numbers of one step in the browser: gradients from what the server worked out, and what a step of any size does.
// All in float64, as nnviz/numpy_nn/one_step.py has it; the tests hold the two against each other.

import { functionOf } from "../network/formula.js";

/**
 * @typedef {object} Dense a layer of weights
 * @property {Float64Array} w (inputs, units), row after row
 * @property {Float64Array} b
 * @property {number} inputs
 * @property {number} units
 * @property {((z: number) => number) | null} bend its activation; null of the last layer, which has a softmax
 *
 * @typedef {object} Taken a step that was taken
 * @property {number} rate
 * @property {ArrayLike<number>[]} values what went into each layer
 * @property {ArrayLike<number>[]} deltas of each layer
 *
 * @typedef {{name: string, alpha: number, batch: number}} Penalty alpha: λ ÷ batch, a digit's share
 */

/** @type {Record<string, (z: number) => number>} */
const BENDS = { linear: (z) => z, relu: (z) => (z < 0 ? 0 : z) };

/**
 * The dense layers of a program, see network/interpreter.js.
 * @param {any[]} steps
 * @param {Float32Array} numbers
 * @returns {Dense[]}
 */
export function denseLayers(steps, numbers) {
  const layers = [];
  let place = 0;
  for (const step of steps) {
    /** @type {Record<string, Float64Array>} */
    const weights = {};
    for (const [name, shape] of Object.entries(step.weights)) {
      const size = shape.reduce((all, side) => all * side, 1);
      weights[name] = Float64Array.from(numbers.subarray(place, place += size));
    }
    if (step.kind !== "Dense") continue;
    const [inputs, units] = step.weights.kernel;
    const bend = step.formula ? functionOf(step.formula) : BENDS[step.activation] ?? null;
    layers.push({ w: weights.kernel, b: weights.bias, inputs, units, bend });
  }
  return layers;
}

/**
 * What a weight's penalty adds to its gradient.
 * @param {Penalty} penalty
 * @param {number} w
 */
export function pull({ name, alpha }, w) {
  return alpha === 0 ? 0 : alpha * (name === "l1" ? Math.sign(w) : w);
}

/**
 * The gradient of every weight of a layer, (inputs, units).
 * @param {Dense} layer
 * @param {ArrayLike<number>} given what comes in
 * @param {ArrayLike<number>} delta
 * @param {Penalty} penalty
 */
export function gradient({ w, inputs, units }, given, delta, penalty) {
  const made = new Float64Array(w.length);
  for (let i = 0, at = 0; i < inputs; i += 1) {
    for (let j = 0; j < units; j += 1, at += 1) made[at] = given[i] * delta[j] + pull(penalty, w[at]);
  }
  return made;
}

/**
 * The layers after steps that were taken.
 * @param {Dense[]} layers
 * @param {Taken[]} taken
 * @param {Penalty} penalty
 * @returns {Dense[]}
 */
export function walked(layers, taken, penalty) {
  const made = layers.map((layer) => ({ ...layer, w: layer.w.slice(), b: layer.b.slice() }));
  for (const { rate, values, deltas } of taken) {
    made.forEach((layer, n) => {
      const grads = gradient(layer, values[n], deltas[n], penalty);
      for (let at = 0; at < grads.length; at += 1) layer.w[at] -= rate * grads[at];
      for (let j = 0; j < layer.units; j += 1) layer.b[j] -= rate * deltas[n][j];
    });
  }
  return made;
}

/**
 * Rows times a matrix, plus the same row for all.
 * @param {Float64Array} rows (n, inputs)
 * @param {number} n
 * @param {Float64Array} w (inputs, units)
 * @param {ArrayLike<number>} b (units,)
 */
function sums(rows, n, w, b) {
  const units = b.length;
  const inputs = w.length / units;
  const made = new Float64Array(n * units);
  for (let row = 0; row < n; row += 1) {
    const to = made.subarray(row * units, (row + 1) * units);
    to.set(b);
    for (let i = 0; i < inputs; i += 1) {
      const value = rows[row * inputs + i];
      if (value === 0) continue; // most of a digit is paper
      for (let j = 0, at = i * units; j < units; j += 1, at += 1) to[j] += value * w[at];
    }
  }
  return made;
}

/**
 * How digits are read after a step of any size. The first layer's sums change in proportion to the learning rate, so
 * they are worked out once, and a move of the slider costs only the layers behind it.
 */
export class Trial {
  /**
   * @param {Dense[]} layers
   * @param {Float64Array[]} grads of the weights of each
   * @param {ArrayLike<number>[]} deltas of each, which are the gradients of the biases
   * @param {Float64Array} digits (n, inputs)
   */
  constructor(layers, grads, deltas, digits) {
    this.layers = layers;
    this.grads = grads;
    this.deltas = deltas;
    this.n = digits.length / layers[0].inputs;
    this.first = sums(digits, this.n, layers[0].w, layers[0].b);
    this.change = sums(digits, this.n, grads[0], deltas[0]);
  }

  /**
   * The (n, k) probabilities after a step with this learning rate.
   * @param {number} rate
   */
  after(rate) {
    let z = this.first.map((sum, at) => sum - rate * this.change[at]);
    for (let n = 0; n < this.layers.length - 1; n += 1) {
      const { bend } = this.layers[n];
      const a = bend ? z.map(bend) : z;
      const { w, b } = this.layers[n + 1];
      const [grads, delta] = [this.grads[n + 1], this.deltas[n + 1]];
      const moved = rate === 0 ? w : w.map((weight, at) => weight - rate * grads[at]);
      z = sums(a, this.n, moved, b.map((bias, j) => bias - rate * delta[j]));
    }
    return softmax(z, this.n);
  }
}

/**
 * @param {Float64Array} z (n, k)
 * @param {number} n
 */
function softmax(z, n) {
  const k = z.length / n;
  for (let start = 0; start < z.length; start += k) {
    const row = z.subarray(start, start + k);
    const most = row.reduce((top, x) => Math.max(top, x), -Infinity);
    let sum = 0;
    for (let i = 0; i < k; i += 1) sum += row[i] = Math.exp(row[i] - most);
    for (let i = 0; i < k; i += 1) row[i] /= sum;
  }
  return z;
}

/**
 * -log p, which a float64 holds down to 1e-308; below that as large as it can be told.
 * @param {number} p
 */
export function lossOf(p) {
  return p === 0 ? 745 : -Math.log(p);
}

/**
 * The mean loss of all digits but the first.
 * @param {Float64Array} all (n, k) probabilities
 * @param {ArrayLike<number>} labels
 */
export function meanLoss(all, labels) {
  const k = all.length / (labels.length + 1);
  let sum = 0;
  for (let i = 0; i < labels.length; i += 1) sum += lossOf(all[(i + 1) * k + labels[i]]);
  return sum / labels.length;
}

/** @param {ArrayLike<number>} row */
export function greatest(row) {
  let best = 0;
  for (let i = 1; i < row.length; i += 1) if (row[i] > row[best]) best = i;
  return best;
}

/** @typedef {"better" | "worse" | "same" | "newly_right" | "newly_wrong"} Fate */

/**
 * What became of each digit but the first, which is the one that the step was taken for.
 * @param {Float64Array} before (n, k) probabilities
 * @param {Float64Array} after
 * @param {ArrayLike<number>} labels of all but the first
 * @returns {{fate: Fate, better: boolean, worse: boolean}[]}
 */
export function fates(before, after, labels) {
  const k = before.length / (labels.length + 1);
  return Array.from(labels, (label, i) => {
    const [was, is] = [before, after].map((all) => all.subarray((i + 1) * k, (i + 2) * k));
    const [right, now] = [greatest(was) === label, greatest(is) === label];
    const [better, worse] = [is[label] > was[label], is[label] < was[label]];
    /** @type {Fate} */
    const fate = right !== now ? (now ? "newly_right" : "newly_wrong") : better ? "better" : worse ? "worse" : "same";
    return { fate, better, worse };
  });
}
