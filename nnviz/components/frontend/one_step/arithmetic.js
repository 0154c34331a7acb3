// The numbers of one step in the browser: gradients from what the server worked out, and what a step of any size does.
// All in float64, as nnviz/numpy_nn/one_step.py has it; the tests hold the two against each other.

import { functionOf } from "../network/formula.js";
import { pooled, poolOf, windowsOf } from "./places.js";

/**
 * @typedef {object} Dense a layer of weights; a convolution is one that stands at many places
 * @property {Float64Array} w (inputs, units), row after row
 * @property {Float64Array} b
 * @property {number} inputs
 * @property {number} units
 * @property {((z: number) => number) | null} bend its activation; null of the last layer, which has a softmax
 * @property {import("./places.js").Maps | null} [maps] of a convolution: its places, and what it sees at each
 * @property {import("./places.js").Pool | null} [pool] what follows it
 * @property {number[] | null} [from] rows, columns and maps of what comes in, if it is a picture
 * @property {((z: number) => number) | null} [slope] the derivative of its activation, where that is not ReLU
 * @property {boolean} [rises] its activation keeps the order of numbers, as ReLU does
 * @property {boolean} [fixed] it has no bias to move
 * @property {Normal | null} [normal] of a layer that normalises: it has one weight for each unit
 *
 * @typedef {{mean: number[], factor: number[]}} Normal what was kept from training: mean and 1 / deviation of each
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
 * The layers of a program that have weights, see network/interpreter.js.
 * @param {any[]} steps
 * @param {Float32Array} numbers
 * @returns {Dense[]}
 */
export function denseLayers(steps, numbers) {
  /** @type {Dense[]} */
  const layers = [];
  let place = 0;
  /** @type {number[] | null} the last picture's shape */
  let from = null;
  for (const step of steps) {
    /** @type {Record<string, Float64Array>} */
    const weights = {};
    for (const [name, shape] of Object.entries(step.weights)) {
      const size = shape.reduce((all, side) => all * side, 1);
      weights[name] = Float64Array.from(numbers.subarray(place, place += size));
    }
    if (step.kind.includes("Pooling2D")) {
      layers[layers.length - 1].pool = poolOf(/** @type {number[]} */ (from), step);
      if (step.shape.length === 1) from = null;
    } else if (step.kind === "BatchNormalization") {
      layers.push(normalising(step, weights, from));
    } else if (step.kind === "Dense" || step.kind === "Conv2D") {
      const shape = step.weights.kernel;
      const [inputs, units] = [weights.kernel.length / weights.bias.length, weights.bias.length];
      const maps = step.kind === "Conv2D" ? windowsOf(/** @type {number[]} */ (from), step, shape) : null;
      const own = { ...bending(step), maps, pool: null, from, fixed: step.fixed };
      layers.push({ w: weights.kernel, b: weights.bias, inputs, units, ...own });
      if (!maps) from = null;
    }
    if (step.shape.length === 3) from = step.shape;
  }
  return layers;
}

/** @param {any} step */
function bending({ activation, formula, slope, rises }) {
  return {
    bend: formula ? functionOf(formula) : BENDS[activation] ?? null,
    slope: slope ? functionOf(slope) : null,
    rises: rises ?? !formula,
  };
}

/**
 * @param {any} step
 * @param {Record<string, Float64Array>} weights
 * @param {number[] | null} from
 * @returns {Dense}
 */
function normalising(step, { kernel, bias }, from) {
  const [rows, columns, units] = from ?? [1, 1, bias.length];
  const places = rows * columns;
  const maps = from && { rows, columns, places, given: places * units, seen: new Int32Array(0), kernel: [1, 1, 1] };
  const normal = { mean: step.mean, factor: step.factor };
  return { w: kernel, b: bias, inputs: 1, units, ...bending(step), maps, pool: null, from, normal };
}

/**
 * What comes into a layer from the one before: normalised, where it normalises.
 * @param {Dense} layer
 * @param {Float64Array} values
 */
export function normalised({ normal, units }, values) {
  if (!normal) return values;
  const { mean, factor } = normal;
  return values.map((x, at) => (x - mean[at % units]) * factor[at % units]);
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
export function gradient({ w, inputs, units, maps, normal }, given, delta, penalty) {
  const made = new Float64Array(w.length);
  if (normal) {
    for (let at = 0; at < delta.length; at += 1) made[at % units] += given[at] * delta[at];
    return made;
  }
  if (maps) {
    for (let place = 0, seen = 0; place < maps.places; place += 1) {
      for (let i = 0; i < inputs; i += 1, seen += 1) {
        const value = maps.seen[seen] < 0 ? 0 : given[maps.seen[seen]];
        if (value === 0) continue;
        for (let j = 0, at = i * units, d = place * units; j < units; j += 1) made[at + j] += value * delta[d + j];
      }
    }
    return made;
  }
  for (let i = 0, at = 0; i < inputs; i += 1) {
    for (let j = 0; j < units; j += 1, at += 1) made[at] = given[i] * delta[j] + pull(penalty, w[at]);
  }
  return made;
}

/**
 * The gradient of every bias: of a convolution the sum of its deltas at all places.
 * @param {Dense} layer
 * @param {ArrayLike<number>} delta
 */
export function biasGradient({ units, maps, fixed }, delta) {
  if (fixed) return new Float64Array(units);
  if (!maps) return delta;
  const made = new Float64Array(units);
  for (let at = 0; at < delta.length; at += 1) made[at % units] += delta[at];
  return made;
}

/**
 * Every weight after a step.
 * @param {Dense} layer which is changed
 * @param {ArrayLike<number>} grads
 * @param {ArrayLike<number>} biases their gradients
 * @param {number} rate
 */
export function move({ w, b }, grads, biases, rate) {
  for (let at = 0; at < w.length; at += 1) w[at] -= rate * grads[at];
  for (let j = 0; j < b.length; j += 1) b[j] -= rate * biases[j];
}

/**
 * The layers after steps that were taken.
 * @param {Dense[]} layers
 * @param {Taken[]} taken
 * @param {Penalty} penalty
 * @returns {Dense[]}
 */
export function walked(layers, taken, penalty) {
  const made = copied(layers);
  for (const { rate, values, deltas } of taken) {
    made.forEach((layer, n) => {
      move(layer, gradient(layer, values[n], deltas[n], penalty), biasGradient(layer, deltas[n]), rate);
    });
  }
  return made;
}

/**
 * The same layers with weights of their own.
 * @param {Dense[]} layers
 * @returns {Dense[]}
 */
export function copied(layers) {
  return layers.map((layer) => ({ ...layer, w: layer.w.slice(), b: layer.b.slice() }));
}

/**
 * Rows times a matrix, plus the same row for all; of a convolution so at each of its places.
 * @param {Dense} layer
 * @param {Float64Array} rows (n, …)
 * @param {number} n
 * @param {Float64Array} w (inputs, units)
 * @param {ArrayLike<number>} b (units,)
 */
export function sums({ inputs, units, maps, normal }, rows, n, w, b) {
  if (normal) return rows.map((x, at) => x * w[at % units] + b[at % units]);
  const places = maps ? maps.places : 1;
  const [size, width] = [rows.length / n, places * units];
  const made = new Float64Array(n * width);
  for (let row = 0; row < n; row += 1) {
    for (let place = 0; place < places; place += 1) {
      const to = row * width + place * units;
      for (let j = 0; j < units; j += 1) made[to + j] = b[j];
      for (let i = 0; i < inputs; i += 1) {
        const from = maps ? maps.seen[place * inputs + i] : i;
        const value = from < 0 ? 0 : rows[row * size + from];
        if (value === 0) continue; // most of a digit is paper
        for (let j = 0, at = i * units; j < units; j += 1, at += 1) made[to + j] += value * w[at];
      }
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
   * @param {ArrayLike<number>[]} deltas of each
   * @param {Float64Array} digits (n, inputs)
   */
  constructor(layers, grads, deltas, digits) {
    this.layers = layers;
    this.grads = grads;
    this.biases = layers.map((layer, n) => biasGradient(layer, deltas[n]));
    const size = layers[0].maps?.given ?? layers[0].inputs;
    this.n = digits.length / size;
    this.first = sums(layers[0], digits, this.n, layers[0].w, layers[0].b);
    this.change = sums(layers[0], digits, this.n, grads[0], this.biases[0]);
  }

  /**
   * The (n, k) probabilities after a step with this learning rate.
   * @param {number} rate
   */
  after(rate) {
    const { first, change } = this;
    let z = new Float64Array(first.length); // a million numbers of maps, for which map() takes several times as long
    for (let at = 0; at < z.length; at += 1) z[at] = first[at] - rate * change[at];
    for (let n = 0; n < this.layers.length - 1; n += 1) {
      const { bend, pool, rises, units } = this.layers[n];
      // What keeps the order of numbers, as ReLU does, has the largest of a window at the same place before it.
      const early = pool && !pool.mean && rises !== false;
      /** @type {Float64Array} */
      let a = early ? pooled(pool, z, this.n, units) : z;
      if (bend) { for (let at = 0; at < a.length; at += 1) a[at] = bend(a[at]); }
      if (pool && !early) a = pooled(pool, a, this.n, units);
      const next = this.layers[n + 1];
      a = normalised(next, a);
      const { w, b } = next;
      const [grads, biases] = [this.grads[n + 1], this.biases[n + 1]];
      const moved = rate === 0 ? w : w.map((weight, at) => weight - rate * grads[at]);
      z = sums(next, a, this.n, moved, b.map((bias, j) => bias - rate * biases[j]));
    }
    return softmax(z, this.n);
  }
}

/**
 * @param {Float64Array} z (n, k)
 * @param {number} n
 */
export function softmax(z, n) {
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
