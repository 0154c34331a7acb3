// Where a unit's value comes from: the inputs that feed it most, and its formula filled in with numbers.

import { paddingBefore } from "./matmul.js";
import { decimal, percent, withPower } from "../shared/text.js";

/**
 * @typedef {import("./interpreter.js").Layer} Layer
 * @typedef {{from: number, weight: number}} Input a unit of the source, and what it is multiplied with
 * @typedef {{from: number, value: number, weight: number, product: number}} Term
 * @typedef {{inputs: Input[], bias?: number, how?: "sum" | "greatest" | "mean" | "same"}} Inputs
 */

export const MAX_TERMS = 6; // inputs that are named and lit; a unit may have a thousand

/**
 * The layer whose values this one reads: one that only gives them another shape has them from the one before.
 * @param {Layer} layer
 * @returns {Layer}
 */
export function sourceLayer(layer) {
  const [from] = layer.inputs;
  return from.kind === "Reshape" ? sourceLayer(from) : from;
}

/**
 * {source, terms: [{from, value, weight, product}] strongest first, count: of inputs that add something, bias, sum,
 * how} of a unit; or null for a kind of layer that has no such formula. `from` is a unit of `source`; how: "sum",
 * "greatest", "mean" or "same".
 * @param {Layer} layer
 * @param {number} unit
 */
export function explainUnit(layer, unit) {
  const weigh = INPUTS[layer.kind];
  if (!weigh) return null;
  const source = sourceLayer(layer);
  const { inputs, bias = 0, how = "sum" } = weigh(layer, unit, source);
  const terms = inputs.map(({ from, weight }) => {
    const value = source.values[from];
    return { from, value, weight, product: value * weight };
  });
  const sum = terms.reduce((total, { product }) => total + product, bias);
  const adding = terms.filter(({ product }) => product !== 0);
  adding.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  if (how === "greatest") {
    const greatest = terms.reduce((most, term) => (term.value > most.value ? term : most));
    return { source, terms: [greatest], count: terms.length, bias: 0, sum: greatest.value, how };
  }
  return { source, terms: adding, count: how === "mean" ? terms.length : adding.length, bias, sum, how };
}

/** @type {Record<string, (layer: Layer, unit: number, source: Layer) => Inputs>} */
const INPUTS = {
  Dense({ weights: { kernel, bias }, values }, unit, source) {
    const weightOf = (from) => kernel[from * values.length + unit];
    const inputs = Array.from(source.values, (_, from) => ({ from, weight: weightOf(from) }));
    return { inputs, bias: bias?.[unit] };
  },
  Conv2D(layer, unit) {
    const { weights: { kernel, bias }, shapes } = layer;
    const [high, wide, channels, filters] = shapes.kernel;
    const filter = unit % filters;
    const inputs = windowPlaces(layer, unit, high, wide).flatMap(({ place, ky, kx }) =>
      Array.from({ length: channels }, (_, channel) => ({
        from: place * channels + channel,
        weight: kernel[((ky * wide + kx) * channels + channel) * filters + filter],
      }))
    );
    return { inputs, bias: bias?.[filter] };
  },
  Conv2DTranspose({ weights: { kernel, bias }, shapes, inputs: [input], shape, strides, padding }, unit) {
    const [high, wide, filters, channels] = shapes.kernel;
    const [rowsIn, columnsIn] = input.shape;
    const place = Math.floor(unit / filters);
    const top = Math.floor(place / shape[1]) + paddingBefore(shape[0], high, strides[0], padding);
    const left = (place % shape[1]) + paddingBefore(shape[1], wide, strides[1], padding);
    const there = (n, count) => Number.isInteger(n) && n >= 0 && n < count;
    const inputs = [];
    for (let ky = 0; ky < high; ky += 1) {
      for (let kx = 0; kx < wide; kx += 1) {
        const [row, column] = [(top - ky) / strides[0], (left - kx) / strides[1]];
        if (!there(row, rowsIn) || !there(column, columnsIn)) continue;
        for (let channel = 0; channel < channels; channel += 1) {
          const weight = kernel[((ky * wide + kx) * filters + (unit % filters)) * channels + channel];
          inputs.push({ from: (row * columnsIn + column) * channels + channel, weight });
        }
      }
    }
    return { inputs, bias: bias?.[unit % filters] };
  },
  MaxPooling2D: (layer, unit) => ({ inputs: poolingInputs(layer, unit), how: "greatest" }),
  AveragePooling2D(layer, unit) {
    const inputs = poolingInputs(layer, unit);
    return { inputs: inputs.map(({ from }) => ({ from, weight: 1 / inputs.length })), how: "mean" };
  },
  BatchNormalization({ weights: { factor, shift } }, unit) {
    const channel = unit % factor.length;
    return { inputs: [{ from: unit, weight: factor[channel] }], bias: shift[channel] };
  },
  Activation: (_, unit) => ({ inputs: [{ from: unit, weight: 1 }], how: "same" }),
  ReLU: (_, unit) => ({ inputs: [{ from: unit, weight: 1 }], how: "same" }),
};

/**
 * The places under a unit's window, and where in the window each lies. (The layer before may only have given its
 * source another shape: that is the one to go by.)
 * @param {Layer} layer
 * @param {number} unit
 * @param {number} high
 * @param {number} wide
 */
function windowPlaces({ inputs: [input], shape, strides, padding }, unit, high, wide) {
  const [rowsIn, columnsIn] = input.shape;
  const place = Math.floor(unit / shape[2]);
  const top = Math.floor(place / shape[1]) * strides[0] - paddingBefore(rowsIn, high, strides[0], padding);
  const left = (place % shape[1]) * strides[1] - paddingBefore(columnsIn, wide, strides[1], padding);
  const places = [];
  for (let ky = 0; ky < high; ky += 1) {
    for (let kx = 0; kx < wide; kx += 1) {
      const [y, x] = [top + ky, left + kx];
      if (y >= 0 && y < rowsIn && x >= 0 && x < columnsIn) places.push({ place: y * columnsIn + x, ky, kx });
    }
  }
  return places;
}

/**
 * @param {Layer} layer
 * @param {number} unit
 */
function poolingInputs(layer, unit) {
  const channels = layer.shape[2];
  const [high, wide] = layer.pool_size;
  return windowPlaces(layer, unit, high, wide)
    .map(({ place }) => ({ from: place * channels + (unit % channels), weight: 1 }));
}

// ---- in words ----

/** @param {number} number */
function formatSigned(number) {
  return `${number < 0 ? "−" : "+"} ${formatNumber(Math.abs(number))}`;
}

/** @param {number} number */
function formatNumber(number) {
  const size = Math.abs(number);
  return size >= 1e5 || (size > 0 && size < 5e-4) ? withPower(number, 1) : decimal(number, size < 100 ? 3 : 1);
}

/**
 * The formula of a unit, a line a term. nameOf(from): of the source's units.
 * @param {Layer} layer
 * @param {number} unit
 * @param {(from: number) => string} nameOf
 */
export function formulaLines(layer, unit, nameOf) {
  const found = explainUnit(layer, unit);
  if (!found) return [];
  const { terms, count, bias, sum, how } = found;
  const result = formatNumber(layer.values[unit]);
  if (how === "greatest") return [`the greatest of ${count}: ${result}, at ${nameOf(terms[0].from)}`];
  if (how === "same") return [`${layer.activation ?? "relu"}(${formatNumber(sum)}) = ${result}`];
  const shown = terms.slice(0, MAX_TERMS);
  const rest = terms.slice(MAX_TERMS);
  const lines = shown.map(({ from, value, weight, product }) =>
    `${formatSigned(product)} = ${formatNumber(value)} × ${formatNumber(weight)}, ${nameOf(from)}`
  );
  if (rest.length) {
    lines.push(`${formatSigned(rest.reduce((all, { product }) => all + product, 0))}, ${rest.length} others`);
  }
  if (how === "sum") lines.push(`${formatSigned(bias)}, bias`);
  const activation = layer.activation ?? "linear";
  if (activation === "softmax") {
    return [...lines, `= z = ${formatNumber(sum)}`, softmaxLine(layer, sum, layer.values[unit])];
  }
  const bent = activation === "linear" ? [] : [`${activation}(${formatNumber(sum)}) = ${result}`];
  return [...lines, `= ${formatNumber(sum)}`, ...bent];
}

/**
 * @param {Layer} layer
 * @param {number} sum
 * @param {number} result
 */
function softmaxLine(layer, sum, result) {
  // Shifted by the greatest sum, which changes no quotient and keeps the numbers small.
  const sums = Array.from(layer.values, (_, unit) => explainUnit(layer, unit)?.sum ?? 0);
  const all = sums.reduce((total, other) => total + Math.exp(other - sum), 0);
  return `softmax: e^z ÷ sum of the ten e^z = 1 ÷ ${formatNumber(all)} = ${percent(result)}`;
}
