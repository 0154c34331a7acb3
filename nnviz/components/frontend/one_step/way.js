// A digit's way through layers that stand at many places, and back; and how what is shown of them is told in pairs.
// With nnviz/inference/conv_step.py as the NumPy side; the tests hold the two against each other.

import { biasGradient, copied, gradient, move, normalised, softmax, sums } from "./arithmetic.js";
import { inside, pooled, winner } from "./places.js";

/** @typedef {import("./arithmetic.js").Dense} Dense */

/**
 * What a layer hands back to each number that came in.
 * @param {Dense} layer
 * @param {ArrayLike<number>} delta
 * @param {number} given how many came in
 */
function handedBack({ w, inputs, units, maps, normal }, delta, given) {
  if (normal) return Float64Array.from(delta, (d, at) => d * w[at % units] * normal.factor[at % units]);
  const made = new Float64Array(given);
  for (let place = 0, seen = 0; place < (maps ? maps.places : 1); place += 1) {
    for (let i = 0; i < inputs; i += 1, seen += 1) {
      const to = maps ? maps.seen[seen] : i;
      if (to < 0) continue;
      let sum = 0;
      for (let j = 0, at = i * units, d = place * units; j < units; j += 1) sum += w[at + j] * delta[d + j];
      made[to] += sum;
    }
  }
  return made;
}

/**
 * What a pooling hands back to each place of its maps.
 * @param {import("./places.js").Pool} pool
 * @param {Float64Array} values of the maps
 * @param {ArrayLike<number>} back of what it has made of them
 * @param {number} units
 */
function spreadOut(pool, values, back, units) {
  const spread = new Float64Array(values.length);
  for (let q = 0, at = 0; q < pool.rows * pool.columns; q += 1) {
    const share = pool.mean ? 1 / inside(pool, q) : 1;
    for (let f = 0; f < units; f += 1, at += 1) {
      if (!pool.mean) spread[winner(pool, values, 0, units, q, f) * units + f] += back[at];
      else {
        for (const place of pool.seen.subarray(q * pool.size, (q + 1) * pool.size)) {
          if (place >= 0) spread[place * units + f] += back[at] * share;
        }
      }
    }
  }
  return spread;
}

/**
 * A digit's way through layers and back.
 * @param {Dense[]} layers
 * @param {Float64Array} digit
 * @param {number} label
 */
export function workedOut(layers, digit, label) {
  const last = layers.length - 1;
  const given = [digit], z = [], values = [];
  layers.forEach((layer, n) => {
    z.push(sums(layer, given[n], 1, layer.w, layer.b));
    const { bend, pool, units } = layer;
    values.push(n === last ? softmax(z[n].slice(), 1) : bend ? z[n].map(bend) : z[n]);
    if (n < last) given.push(normalised(layers[n + 1], pool ? pooled(pool, values[n], 1, units) : values[n]));
  });
  /** @type {Float64Array[]} */
  const deltas = new Array(layers.length), slopes = [];
  deltas[last] = values[last].map((p, k) => p - Number(k === label));
  for (let n = last - 1; n >= 0; n -= 1) {
    const back = handedBack(layers[n + 1], deltas[n + 1], given[n + 1].length);
    const { pool, units } = layers[n];
    slopes[n] = z[n].map(layers[n].slope ?? ((sum) => Number(sum > 0)));
    const spread = pool ? spreadOut(pool, values[n], back, units) : back;
    deltas[n] = spread.map((value, at) => value * slopes[n][at]);
  }
  return { given, sums: z, values, deltas, slopes };
}

/**
 * The layers after steps on that digit, each worked out from the one before.
 * @param {Dense[]} layers
 * @param {Float64Array} digit
 * @param {number} label
 * @param {number[]} rates
 */
export function walkedOn(layers, digit, label, rates) {
  const made = copied(layers);
  const none = { name: "l2", alpha: 0, batch: 1 };
  for (const rate of rates) {
    const { given, deltas } = workedOut(made, digit, label);
    const grads = made.map((layer, n) => gradient(layer, given[n], deltas[n], none));
    made.forEach((layer, n) => move(layer, grads[n], biasGradient(layer, deltas[n]), rate));
  }
  return made;
}

/**
 * What comes into a unit of a layer: of a convolution what its kernel sees at a place.
 * @param {Dense} layer
 * @param {ArrayLike<number>} given
 * @param {number} place
 * @param {number} unit
 */
export function patchAt({ inputs, units, maps, normal }, given, place, unit) {
  if (normal) return [given[place * units + unit]];
  if (!maps) return given;
  return Float64Array.from({ length: inputs }, (_, i) => {
    const from = maps.seen[place * inputs + i];
    return from < 0 ? 0 : given[from];
  });
}

/**
 * What one weight is multiplied with, and the delta of that place, for every place its kernel stands at.
 * @param {Dense} layer
 * @param {ArrayLike<number>} given
 * @param {ArrayLike<number>} delta
 * @param {{unit: number, input: number}} weight
 * @returns {[number, number][]}
 */
export function pairsOf({ inputs, units, maps, normal }, given, delta, { unit, input }) {
  if (normal) {
    return Array.from({ length: maps ? maps.places : 1 }, (_, place) => {
      const at = place * units + unit;
      return [given[at], delta[at]];
    });
  }
  if (!maps) return [[given[input], delta[unit]]];
  return Array.from({ length: maps.places }, (_, place) => {
    const from = maps.seen[place * inputs + input];
    return [from < 0 ? 0 : given[from], delta[place * units + unit]];
  });
}

/**
 * Weights and deltas of the next layer through which one number of this layer is handed its delta; none where a
 * pooling has taken another place. A mean, or a deviation that was divided by, is part of the weight.
 * @param {Dense} layer
 * @param {Dense} next
 * @param {ArrayLike<number>} values of the layer, after its activation
 * @param {ArrayLike<number>} deltas of the next
 * @param {{unit: number, place: number}} of
 * @returns {[number, number][]}
 */
export function backPairs({ units, pool }, next, values, deltas, { unit, place }) {
  /** @type {Map<number, number>} the share that each place of what comes next has of this number */
  const shares = new Map();
  if (!pool) shares.set(place, 1);
  else {
    for (let q = 0; q < pool.rows * pool.columns; q += 1) {
      const seen = pool.seen.subarray(q * pool.size, (q + 1) * pool.size);
      if (pool.mean ? seen.includes(place) : winner(pool, values, 0, units, q, unit) === place) {
        shares.set(q, pool.mean ? 1 / inside(pool, q) : 1);
      }
    }
  }
  const numbers = new Map([...shares].map(([at, share]) => [at * units + unit, share]));
  /** @type {[number, number][]} */
  const pairs = [];
  const { maps, normal } = next;
  if (normal) {
    return [...numbers].map(([at, share]) => [share * next.w[unit] * normal.factor[unit], deltas[at]]);
  }
  for (let at = 0, seen = 0; at < (maps ? maps.places : 1); at += 1) {
    for (let i = 0; i < next.inputs; i += 1, seen += 1) {
      const share = numbers.get(maps ? maps.seen[seen] : i);
      if (share === undefined) continue;
      for (let j = 0; j < next.units; j += 1) {
        pairs.push([share * next.w[i * next.units + j], deltas[at * next.units + j]]);
      }
    }
  }
  return pairs;
}

/**
 * How the weights of a unit stand in a picture: its kernel, or the maps before it beside each other.
 * @param {Dense} layer
 * @returns {{rows: number, columns: number, inputOf: (place: number) => number, placeOf: (input: number) => number} | null}
 *   null: one after the other, as square as can be
 */
export function arrangementOf({ maps, from }) {
  if (maps) {
    const [rows, wide, channels] = maps.kernel;
    return sideBySide(rows, wide, channels);
  }
  return from ? sideBySide(from[0], from[1], from[2]) : null;
}

/**
 * @param {number} high
 * @param {number} wide
 * @param {number} channels
 */
function sideBySide(high, wide, channels) {
  const across = Math.ceil(Math.sqrt(channels));
  const columns = across * wide;
  return {
    rows: Math.ceil(channels / across) * high,
    columns,
    inputOf: (/** @type {number} */ place) => {
      const [row, column] = [Math.floor(place / columns), place % columns];
      const channel = Math.floor(row / high) * across + Math.floor(column / wide);
      return channel < channels ? ((row % high) * wide + column % wide) * channels + channel : -1;
    },
    placeOf: (/** @type {number} */ input) => {
      const [at, channel] = [Math.floor(input / channels), input % channels];
      const row = Math.floor(channel / across) * high + Math.floor(at / wide);
      return row * columns + (channel % across) * wide + at % wide;
    },
  };
}
