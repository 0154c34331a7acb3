// One number of a convolution or a pooling, worked out: the patch under its window, the kernel, and their products.

import { windowOf, windowPlaces, windowWeights } from "../network/windows.js";

/** @typedef {import("../network/interpreter.js").Layer} Layer */

/**
 * The values under a window in one map, row by row; what lies beyond the edge is nought.
 * @param {Layer} layer
 * @param {number} unit
 * @param {number} map of the picture before
 */
export function patchOf(layer, unit, map) {
  const { inputs: [{ values, shape }] } = layer;
  const { high, wide } = windowOf(layer, unit);
  const patch = new Float32Array(high * wide);
  for (const { place, at } of windowPlaces(layer, unit)) patch[at] = values[place * shape[2] + map];
  return patch;
}

/**
 * A step of a convolution: patch times kernel for each map before, and the sum of all.
 * @param {Layer} layer
 * @param {number} unit
 */
export function convolutionStep(layer, unit) {
  const filter = unit % layer.shape[2];
  const { high, wide } = windowOf(layer, unit);
  const { maps, weightAt } = windowWeights(layer, filter);
  const parts = maps.map((map) => {
    const patch = patchOf(layer, unit, map);
    const weights = Float32Array.from(patch, (_, at) => weightAt(at, map));
    const products = Float32Array.from(patch, (value, at) => value * weights[at]);
    return { map, patch, weights, products, sum: products.reduce((sum, product) => sum + product, 0) };
  });
  const total = parts.reduce((sum, part) => sum + part.sum, 0);
  const bias = layer.weights.bias ? layer.weights.bias[filter] : 0;
  return { high, wide, parts, total, bias, before: total + bias, value: layer.values[unit] };
}
