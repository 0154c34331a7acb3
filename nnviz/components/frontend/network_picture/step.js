// One number of a convolution or a pooling, worked out: the patch under its window, the kernel, and their products.

import { paddingBefore } from "../network/matmul.js";

/** @typedef {import("../network/interpreter.js").Layer} Layer */

/**
 * Where the window of a place lies in the picture before, (top, left), also beyond its edge.
 * @param {Layer} layer a convolution or a pooling
 * @param {number} unit
 */
export function windowOf(layer, unit) {
  const { inputs: [input], shape, strides, padding } = layer;
  const [high, wide] = layer.pool_size ?? layer.shapes.kernel;
  const place = Math.floor(unit / shape[2]);
  const top = Math.floor(place / shape[1]) * strides[0] - paddingBefore(input.shape[0], high, strides[0], padding);
  const left = (place % shape[1]) * strides[1] - paddingBefore(input.shape[1], wide, strides[1], padding);
  return { top, left, high, wide };
}

/**
 * The values under a window in one map, row by row; what lies beyond the edge is nought.
 * @param {Layer} layer
 * @param {number} unit
 * @param {number} channel of the picture before
 */
export function patchOf(layer, unit, channel) {
  const { inputs: [input] } = layer;
  const [rows, columns, channels] = input.shape;
  const { top, left, high, wide } = windowOf(layer, unit);
  return Float32Array.from({ length: high * wide }, (_, i) => {
    const [row, column] = [top + Math.floor(i / wide), left + (i % wide)];
    const inside = row >= 0 && row < rows && column >= 0 && column < columns;
    return inside ? input.values[(row * columns + column) * channels + channel] : 0;
  });
}

/**
 * A step of a convolution: patch times kernel for each map before, and the sum of all.
 * @param {Layer} layer
 * @param {number} unit
 */
export function convolutionStep(layer, unit) {
  const { shapes, weights: { kernel, bias }, values } = layer;
  const [high, wide, channels, filters] = shapes.kernel;
  const filter = unit % filters;
  const parts = Array.from({ length: channels }, (_, channel) => {
    const patch = patchOf(layer, unit, channel);
    const weights = Float32Array.from(
      { length: high * wide },
      (_, i) => kernel[(i * channels + channel) * filters + filter],
    );
    const products = Float32Array.from(patch, (value, i) => value * weights[i]);
    return { patch, weights, products, sum: products.reduce((sum, product) => sum + product, 0) };
  });
  const total = parts.reduce((sum, part) => sum + part.sum, 0);
  const own = bias ? bias[filter] : 0;
  return { high, wide, parts, total, bias: own, before: total + own, value: values[unit] };
}
