// The window through which a unit of a sliding layer looks at the maps before it: where it lies, and what it weighs.

import { paddingBefore } from "./matmul.js";

/** @typedef {import("./interpreter.js").Layer} Layer */

/**
 * Whether a layer lays weights over its maps, window by window.
 * @param {Layer} layer
 */
export function slides({ kind }) {
  return kind in WEIGHTS;
}

/**
 * Where the window of a unit lies in the picture before, also beyond its edge.
 * @param {Layer} layer a sliding layer or a pooling
 * @param {number} unit
 */
export function windowOf({ inputs: [input], shape, strides, padding, pool_size: pool, shapes }, unit) {
  const [high, wide] = pool ?? shapes.kernel ?? shapes.depthwise_kernel;
  const place = Math.floor(unit / shape[2]);
  const top = Math.floor(place / shape[1]) * strides[0] - paddingBefore(input.shape[0], high, strides[0], padding);
  const left = (place % shape[1]) * strides[1] - paddingBefore(input.shape[1], wide, strides[1], padding);
  return { top, left, high, wide };
}

/**
 * The places under a unit's window that lie in the picture, and where in the window each is, row by row.
 * @param {Layer} layer
 * @param {number} unit
 */
export function windowPlaces(layer, unit) {
  const [rows, columns] = layer.inputs[0].shape;
  const { top, left, high, wide } = windowOf(layer, unit);
  const places = [];
  for (let at = 0; at < high * wide; at += 1) {
    const [row, column] = [top + Math.floor(at / wide), left + (at % wide)];
    if (row >= 0 && row < rows && column >= 0 && column < columns) places.push({ place: row * columns + column, at });
  }
  return places;
}

/**
 * The weights of one of a layer's maps: which maps before it reads, and weightAt(at, map) for a place of the window.
 * @param {Layer} layer
 * @param {number} map
 */
export function windowWeights(layer, map) {
  return WEIGHTS[layer.kind](layer, map);
}

/** @typedef {{maps: number[], weightAt: (at: number, map: number) => number}} Weights */

/** @param {number} count */
const upTo = (count) => Array.from({ length: count }, (_, i) => i);

/** @type {Record<string, (layer: Layer, map: number) => Weights>} */
const WEIGHTS = {
  Conv2D({ weights: { kernel }, shapes: { kernel: [, , channels, filters] } }, map) {
    return { maps: upTo(channels), weightAt: (at, from) => kernel[(at * channels + from) * filters + map] };
  },
  DepthwiseConv2D({ weights: { kernel }, shapes: { kernel: [, , channels, several] } }, map) {
    const weightAt = (at, from) => kernel[(at * channels + from) * several + (map % several)];
    return { maps: [Math.floor(map / several)], weightAt };
  },
  // Map by map first, then a sum of those: both together weigh as one kernel.
  SeparableConv2D({ weights: { depthwise_kernel: first, pointwise_kernel: second }, shapes }, map) {
    const [, , channels, several] = shapes.depthwise_kernel;
    const filters = shapes.pointwise_kernel[3];
    const weightAt = (at, from) =>
      upTo(several).reduce((sum, i) => {
        const own = from * several + i;
        return sum + first[at * channels * several + own] * second[own * filters + map];
      }, 0);
    return { maps: upTo(channels), weightAt };
  },
};
