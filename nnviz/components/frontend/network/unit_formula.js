// Where a unit's value comes from: the inputs that feed it most, and its formula filled in with numbers.

import { paddingBefore } from "./matmul.js";
import { betweenPixels, groupMoments, lengthFactor, mergedFrom, momentsOf, powerFactor } from "./mixing.js";
import { moves, originOf } from "./moving.js";
import { windowPlaces, windowWeights } from "./windows.js";
import { activationName, decimal, percent, withPower } from "../shared/text.js";
import { say, sayMany } from "../shared/words.js";

/**
 * @typedef {import("./interpreter.js").Layer} Layer
 * @typedef {{from: number, weight: number, source?: Layer}} Input a unit of the source, and what it is multiplied with
 * @typedef {{source: Layer, from: number, value: number, weight: number, product: number}} Term
 * @typedef {{inputs: Input[], bias?: number, how?: "sum" | "greatest" | "least" | "mean" | "same" | "moved" | "together"}} Inputs
 */

export const MAX_TERMS = 6; // inputs that are named; a unit may have a thousand

/**
 * The layer whose values this one reads: one that only gives them another shape has them from the one before.
 * @param {Layer} layer
 * @returns {Layer}
 */
export function sourceLayer(layer) {
  return shaped(layer.inputs[0]);
}

/**
 * @param {Layer} layer
 * @returns {Layer}
 */
function shaped(layer) {
  return layer.kind === "Reshape" ? shaped(layer.inputs[0]) : layer;
}

/**
 * {source, terms: [{source, from, value, weight, product}] strongest first, count: of inputs that add something, bias,
 * sum, how} of a unit; or null for a kind of layer that has no such formula. `from` is a unit of `source`, of which
 * there are several where layers are added; how: "sum", "greatest", "least", "mean", "same", "moved" or
 * "together".
 * @param {Layer} layer
 * @param {number} unit
 */
export function explainUnit(layer, unit) {
  const weigh = moves(layer) ? movedInputs : INPUTS[layer.kind];
  if (!weigh) return null;
  const source = sourceLayer(layer);
  const { inputs, bias = 0, how = "sum" } = weigh(layer, unit, source);
  const terms = inputs.map(({ from, weight, source: own = source }) => {
    const value = own.values[from];
    return { source: own, from, value, weight, product: value * weight };
  });
  const sum = terms.reduce((total, { product }) => total + product, bias);
  const adding = terms.filter(({ product }) => product !== 0);
  adding.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  if (how === "greatest" || how === "least") {
    const sign = how === "least" ? -1 : 1;
    const most = terms.reduce((most, term) => (sign * term.value > sign * most.value ? term : most));
    return { source, terms: [most], count: terms.length, bias: 0, sum: most.value, how };
  }
  return { source, terms: adding, count: how === "mean" ? terms.length : adding.length, bias, sum, how };
}

/**
 * What each of the maps before adds to a unit, the strongest first: all products of its window, and the place that adds
 * most. Nothing where a unit reads a single map, or no maps.
 * @param {Layer} layer
 * @param {number} unit
 * @returns {Term[]}
 */
export function mapTerms(layer, unit) {
  const told = MAPS.has(layer.kind) ? explainUnit(layer, unit) : null;
  const count = told?.source.shape[2] ?? 1;
  if (!told || count === 1) return [];
  /** @type {Map<number, Term>} */
  const found = new Map();
  for (const term of told.terms) {
    const known = found.get(term.from % count);
    if (known) known.product += term.product;
    else found.set(term.from % count, { ...term });
  }
  return [...found.values()].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
}

const MAPS = new Set(["Conv2D", "SeparableConv2D", "Conv2DTranspose"]);

/** @type {Record<string, (layer: Layer, unit: number, source: Layer) => Inputs>} */
const INPUTS = {
  Dense({ weights: { kernel, bias }, values }, unit, source) {
    const weightOf = (from) => kernel[from * values.length + unit];
    const inputs = Array.from(source.values, (_, from) => ({ from, weight: weightOf(from) }));
    return { inputs, bias: bias?.[unit] };
  },
  Conv2D: slidingInputs,
  DepthwiseConv2D: slidingInputs,
  SeparableConv2D: slidingInputs,
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
  GlobalAveragePooling2D({ values }, unit, source) {
    const places = source.values.length / values.length;
    const inputs = Array.from({ length: places }, (_, i) => ({ from: i * values.length + unit, weight: 1 / places }));
    return { inputs, how: "mean" };
  },
  GlobalMaxPooling2D({ values }, unit, source) {
    const places = source.values.length / values.length;
    const inputs = Array.from({ length: places }, (_, i) => ({ from: i * values.length + unit, weight: 1 }));
    return { inputs, how: "greatest" };
  },
  BatchNormalization: scaledInput,
  Rescaling: scaledInput,
  Activation: sameInput,
  ReLU: sameInput,
  LeakyReLU: sameInput,
  ELU: sameInput,
  PReLU: sameInput,
  Add: (layer, unit) => ({ inputs: mergedInputs(layer, unit), how: "together" }),
  Subtract: (layer, unit) => ({
    inputs: mergedInputs(layer, unit).map((input, i) => ({ ...input, weight: i ? -1 : 1 })),
    how: "together",
  }),
  Average: (layer, unit) => ({
    inputs: mergedInputs(layer, unit).map((input) => ({ ...input, weight: 1 / layer.inputs.length })),
    how: "mean",
  }),
  Maximum: (layer, unit) => ({ inputs: mergedInputs(layer, unit), how: "greatest" }),
  Minimum: (layer, unit) => ({ inputs: mergedInputs(layer, unit), how: "least" }),
  Multiply(layer, unit) {
    const [first, ...others] = mergedInputs(layer, unit);
    const weight = others.reduce((product, { from, source }) => product * source.values[from], 1);
    return { inputs: [{ ...first, weight }], how: "mean" };
  },
  LayerNormalization(layer, unit) {
    const { weights: { gamma, beta }, run } = layer;
    const { mean, factor } = momentsOf(layer, unit - unit % run);
    const weight = factor * (gamma?.[unit % run] ?? 1);
    return { inputs: [{ from: unit, weight }], bias: (beta?.[unit % run] ?? 0) - mean * weight };
  },
  UnitNormalization: (layer, unit) => ({
    inputs: [{ from: unit, weight: lengthFactor(layer, unit - unit % layer.run) }],
    how: "mean",
  }),
  RMSNormalization: (layer, unit) => ({
    inputs: [{
      from: unit,
      weight: powerFactor(layer, unit - unit % layer.run) * layer.weights.scale[unit % layer.run],
    }],
    how: "mean",
  }),
  GroupNormalization(layer, unit) {
    const { weights: { gamma, beta }, run, maps } = layer;
    const map = unit % maps;
    const { mean, factor } = groupMoments(layer, Math.floor(map / run));
    const weight = factor * (gamma?.[map] ?? 1);
    return { inputs: [{ from: unit, weight }], bias: (beta?.[map] ?? 0) - mean * weight };
  },
  Resizing({ inputs: [{ shape: [rowsIn, columnsIn] }], shape: [rows, columns, channels] }, unit) {
    const place = Math.floor(unit / channels);
    const down = betweenPixels(Math.floor(place / columns), rowsIn, rows);
    const across = betweenPixels(place % columns, columnsIn, columns);
    const inputs = [];
    for (const [row, tall] of [[down.below, 1 - down.share], [down.above, down.share]]) {
      for (const [column, wide] of [[across.below, 1 - across.share], [across.above, across.share]]) {
        inputs.push({ from: (row * columnsIn + column) * channels + unit % channels, weight: tall * wide });
      }
    }
    return { inputs: inputs.filter(({ weight }) => weight > 0), how: "mean" };
  },
};

/**
 * @param {Layer} layer
 * @param {number} unit
 * @returns {Inputs}
 */
function scaledInput({ weights: { factor, shift }, each = 1 }, unit) {
  const which = Math.floor(unit / each) % factor.length;
  return { inputs: [{ from: unit, weight: factor[which] }], bias: shift[which] };
}

/**
 * @param {Layer} _
 * @param {number} unit
 * @returns {Inputs}
 */
function sameInput(_, unit) {
  return { inputs: [{ from: unit, weight: 1 }], how: "same" };
}

/**
 * @param {Layer} layer
 * @param {number} unit
 * @returns {(Input & {source: Layer})[]}
 */
function mergedInputs(layer, unit) {
  return layer.inputs.map((input, i) => {
    const from = mergedFrom(layer, i)?.[unit] ?? unit;
    return { from, weight: 1, source: shaped(input) };
  });
}

/**
 * @param {Layer} layer
 * @param {number} unit
 * @returns {Inputs}
 */
function movedInputs(layer, unit) {
  const origin = originOf(layer, unit);
  const inputs = origin ? [{ from: origin.from, weight: 1, source: shaped(layer.inputs[origin.input]) }] : [];
  return { inputs, how: "moved" };
}

/**
 * @param {Layer} layer
 * @param {number} unit
 * @returns {Inputs}
 */
function slidingInputs(layer, unit) {
  const channels = layer.inputs[0].shape[2];
  const map = unit % layer.shape[2];
  const { maps, weightAt } = windowWeights(layer, map);
  const inputs = windowPlaces(layer, unit).flatMap(({ place, at }) =>
    maps.map((from) => ({ from: place * channels + from, weight: weightAt(at, from) }))
  );
  return { inputs, bias: layer.weights.bias?.[map] };
}

/**
 * @param {Layer} layer
 * @param {number} unit
 */
function poolingInputs(layer, unit) {
  const channels = layer.shape[2];
  return windowPlaces(layer, unit).map(({ place }) => ({ from: place * channels + (unit % channels), weight: 1 }));
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

/** @type {Record<string, string>} */
const BENDS = { LeakyReLU: "leaky ReLU", ELU: "ELU", PReLU: "PReLU" };

/** @param {Layer} layer */
function bendName({ kind, activation }) {
  return BENDS[kind] ?? activationName(activation ?? "relu");
}

/**
 * The formula of a unit, a line a term. nameOf(from, source): of a source's units.
 * @param {Layer} layer
 * @param {number} unit
 * @param {(from: number, source: Layer) => string} nameOf
 */
export function formulaLines(layer, unit, nameOf) {
  const found = explainUnit(layer, unit);
  if (!found) return [];
  const { terms, count, bias, sum, how } = found;
  const result = formatNumber(layer.values[unit]);
  if (how === "greatest") {
    const place = nameOf(terms[0].from, terms[0].source);
    return [say("the greatest of {n}: {value}, at {place}", { n: count, value: result, place })];
  }
  if (how === "least") {
    const place = nameOf(terms[0].from, terms[0].source);
    return [say("the least of {n}: {value}, at {place}", { n: count, value: result, place })];
  }
  if (how === "same") return [`${bendName(layer)}(${formatNumber(sum)}) = ${result}`];
  if (how === "moved") {
    if (!terms.length) return [say("{value}: nothing was moved here", { value: result })];
    return [say("{value}, as it is at {place}", { value: result, place: nameOf(terms[0].from, terms[0].source) })];
  }
  if (how === "together") {
    const parts = terms.map(({ source, from, product }) => `${formatSigned(product)}, ${nameOf(from, source)}`);
    return [...parts, `= ${result}`];
  }
  const shown = terms.slice(0, MAX_TERMS);
  const rest = terms.slice(MAX_TERMS);
  const lines = shown.map(({ source, from, value, weight, product }) =>
    `${formatSigned(product)} = ${formatNumber(value)} × ${formatNumber(weight)}, ${nameOf(from, source)}`
  );
  if (rest.length) {
    const sum = formatSigned(rest.reduce((all, { product }) => all + product, 0));
    lines.push(sayMany(rest.length, "{sum}, {n} other", "{sum}, {n} others", { n: rest.length, sum }));
  }
  if (how === "sum") lines.push(say("{value}, bias", { value: formatSigned(bias) }));
  const activation = layer.activation ?? "linear";
  if (activation === "softmax") {
    return [...lines, `= z = ${formatNumber(sum)}`, softmaxLine(layer, sum, layer.values[unit])];
  }
  const bent = activation === "linear" ? [] : [`${activationName(activation)}(${formatNumber(sum)}) = ${result}`];
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
  return say("softmax: e^z ÷ sum of the ten e^z = 1 ÷ {sum} = {share}", {
    sum: formatNumber(all),
    share: percent(result),
  });
}
