// Which connections made an answer: from the units at the end back to the digit, always along the strongest.

import { explainUnit, mapTerms, sourceLayer } from "../network/unit_formula.js";

/**
 * @typedef {import("../network/interpreter.js").Layer} Layer
 * @typedef {{layer: Layer, source: Layer, from: number, to: number, product: number}} Connection `from` is a unit of
 *   `source`, `to` one of `layer`; product: value times weight, or all of those of one map together
 */

/**
 * The strongest connections into some units of a layer, the strongest first. Of a unit that looks at several maps, one
 * for each map.
 * @param {Layer} layer
 * @param {number[]} units
 * @param {number} each how many at most into one unit
 * @returns {Connection[]}
 */
export function connectionsInto(layer, units, each) {
  const found = units.flatMap((to) => {
    const maps = mapTerms(layer, to);
    const terms = maps.length ? maps : explainUnit(layer, to)?.terms ?? [];
    return terms.slice(0, each).map(({ source, from, product }) => ({ layer, source, from, to, product }));
  });
  return found.sort(strongerFirst);
}

/**
 * The way back from some units to the digit: the strongest connections into them, the strongest into the units where
 * those begin, and so on, along every branch. A layer whose units have no formula ends the way.
 * @param {Layer} layer
 * @param {number[]} units
 * @param {{first: number, each: number, most: number}} limits first: connections into each of these units; each: into
 *   one unit further back; most: units of a layer that are followed
 * @returns {Connection[]}
 */
export function traceBack(layer, units, { first, each, most }) {
  const all = connectionsInto(layer, units, first);
  /** @type {Map<Layer, Map<number, number>>} what is carried from each unit */
  const carried = new Map();
  const note = (connections) => {
    for (const { source, from, product } of connections) {
      const of = carried.get(source) ?? new Map();
      carried.set(source, of.set(from, (of.get(from) ?? 0) + Math.abs(product)));
    }
  };
  note(all);
  for (const before of layersBefore(layer)) {
    const strongest = [...carried.get(before) ?? []].sort((a, b) => b[1] - a[1]).slice(0, most);
    const found = before.inputs.length ? connectionsInto(before, strongest.map(([unit]) => unit), each) : [];
    note(found);
    all.push(...found);
  }
  return all;
}

/**
 * All layers that a layer reads, each after every layer that reads it.
 * @param {Layer} layer
 * @returns {Layer[]}
 */
function layersBefore(layer) {
  /** @type {Set<Layer>} */
  const found = new Set();
  const visit = (/** @type {Layer} */ each) => {
    for (const input of each.inputs) if (!found.has(input)) visit(input);
    found.add(each);
  };
  visit(layer);
  return [...found].reverse().slice(1);
}

/**
 * Where a unit's value goes: its strongest connections into dense layers that read it.
 * @param {Layer[]} layers
 * @param {Layer} source
 * @param {number} from
 * @param {number} most
 * @returns {Connection[]}
 */
export function connectionsFrom(layers, source, from, most) {
  const value = source.values[from];
  const readers = layers.filter((layer) => layer.kind === "Dense" && sourceLayer(layer) === source);
  const found = readers.flatMap((layer) =>
    Array.from(layer.values, (_, to) => {
      const product = value * layer.weights.kernel[from * layer.values.length + to];
      return { layer, source, from, to, product };
    })
  );
  return found.filter(({ product }) => product !== 0).sort(strongerFirst).slice(0, most);
}

/**
 * Of a drawing, the brightest pixels that lie some way apart.
 * @param {ArrayLike<number>} pixels 28 * 28
 * @param {number} most
 * @param {number} apart
 */
export function brightestPixels(pixels, most, apart) {
  const order = Array.from({ length: pixels.length }, (_, i) => i).sort((a, b) => pixels[b] - pixels[a]);
  /** @type {number[]} */
  const found = [];
  for (const pixel of order) {
    const far = (other) => Math.hypot((pixel % 28) - (other % 28), Math.floor(pixel / 28) - Math.floor(other / 28));
    if (found.every((other) => far(other) >= apart)) found.push(pixel);
    if (found.length === most) break;
  }
  return found;
}

/**
 * @param {Connection} a
 * @param {Connection} b
 */
function strongerFirst(a, b) {
  return Math.abs(b.product) - Math.abs(a.product);
}
