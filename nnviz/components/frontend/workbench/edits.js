// What can be done to a network by hand. A list of edits is carried out from the beginning on the network's own
// numbers, so that taking one back gives the same numbers as before it, to the last bit.

import { product } from "../network/interpreter.js";

/**
 * @typedef {import("../network/interpreter.js").Step} Step
 * @typedef {{what: "silence", layer: number, unit: number, on: boolean} | {what: "prune", share: number}
 *   | {what: "round", bits: number} | {what: "noise", amount: number, seed: number}
 *   | {what: "digits", amount: number, seed: number} | {what: "paint", layer: number, places: number[], by: number}
 *   | {what: "bias", layer: number, unit: number, value: number}} Edit
 * @typedef {{numbers: Float32Array, silent: Map<number, Set<number>>}} Edited silent: units by their layer
 */

const BIASES = ["bias"];
const KERNELS = ["kernel", "depthwise_kernel", "pointwise_kernel"];

/**
 * Where the weights of each step lie in the row of all numbers.
 * @param {Step[]} steps
 * @returns {{layer: number, name: string, from: number, to: number}[]}
 */
export function piecesOf(steps) {
  const pieces = [];
  let place = 0;
  for (const [layer, step] of steps.entries()) {
    for (const [name, shape] of Object.entries(step.weights)) {
      pieces.push({ layer, name, from: place, to: place += product(shape) });
    }
  }
  return pieces;
}

/**
 * The network's numbers after these edits; those given stay as they are.
 * @param {Step[]} steps
 * @param {Float32Array} numbers
 * @param {Edit[]} edits
 * @returns {Edited}
 */
export function edited(steps, numbers, edits) {
  /** @type {Edited} */
  const now = { numbers: numbers.slice(), silent: new Map() };
  const pieces = piecesOf(steps);
  const kernels = pieces.filter(({ name }) => KERNELS.includes(name))
    .map(({ from, to }) => now.numbers.subarray(from, to));
  const biases = pieces.filter(({ name }) => BIASES.includes(name))
    .map(({ from, to }) => now.numbers.subarray(from, to));
  /** @param {number} layer @param {string} name */
  const of = (layer, name) => {
    const piece = pieces.find((each) => each.layer === layer && each.name === name);
    return piece && now.numbers.subarray(piece.from, piece.to);
  };
  for (const edit of edits) {
    if (edit.what === "silence") {
      const units = now.silent.get(edit.layer) ?? new Set();
      edit.on ? units.add(edit.unit) : units.delete(edit.unit);
      now.silent.set(edit.layer, units);
    } else if (edit.what === "prune") prune(kernels, edit.share);
    else if (edit.what === "round") { for (const weights of [...kernels, ...biases]) round(weights, edit.bits); }
    else if (edit.what === "noise") {
      const draw = normal(edit.seed);
      for (const weights of kernels) {
        const size = edit.amount * deviation(weights);
        for (let i = 0; i < weights.length; i += 1) weights[i] += size * draw();
      }
    } else if (edit.what === "paint") {
      const weights = of(edit.layer, "kernel");
      if (weights) { for (const place of edit.places) weights[place] += edit.by; }
    } else if (edit.what === "bias") {
      const weights = of(edit.layer, "bias");
      if (weights) weights[edit.unit] = edit.value;
    }
  }
  return now;
}

export const MOST_TEXT = 65_536; // characters that the server takes

/**
 * What the server is sent to carry out the same edits; those of the digits change no network.
 * @param {string} digest of the network
 * @param {Edit[]} edits
 */
export function messageOf(digest, edits) {
  return JSON.stringify({ digest, edits: edits.filter(({ what }) => what !== "digits") });
}

/**
 * The smallest of all weights become 0; of equal ones the first.
 * @param {Float32Array[]} kernels
 * @param {number} share
 */
function prune(kernels, share) {
  const sizes = new Float32Array(kernels.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const weights of kernels) for (const weight of weights) sizes[place++] = Math.abs(weight);
  sizes.sort();
  const count = Math.floor(share * sizes.length);
  if (!count) return;
  const limit = sizes[count - 1];
  let equal = count; // how many of those at the limit itself
  for (const size of sizes) if (size < limit) equal -= 1;
  for (const weights of kernels) {
    for (let i = 0; i < weights.length; i += 1) {
      const size = Math.abs(weights[i]);
      if (size < limit) weights[i] = 0;
      else if (size === limit && equal > 0) [weights[i], equal] = [0, equal - 1];
    }
  }
}

/**
 * To the nearest of 2^bits - 1 values at even distances around 0; the greatest weight stays.
 * @param {Float32Array} weights
 * @param {number} bits
 */
function round(weights, bits) {
  let most = 0;
  for (const weight of weights) most = Math.max(most, Math.abs(weight));
  const step = most / (2 ** (bits - 1) - 1);
  if (!step) return;
  for (let i = 0; i < weights.length; i += 1) weights[i] = Math.floor(weights[i] / step + 0.5) * step;
}

/** @param {Float32Array} weights */
function deviation(weights) {
  let [sum, squares] = [0, 0];
  for (const weight of weights) sum += weight;
  for (const weight of weights) squares += (weight - sum / weights.length) ** 2;
  return Math.sqrt(squares / weights.length);
}

/**
 * The digit with noise, within what ink can be.
 * @param {Float32Array} digit
 * @param {number} amount
 * @param {() => number} draw
 */
export function noisy(digit, amount, draw) {
  return digit.map((ink) => Math.min(1, Math.max(0, ink + amount * draw())));
}

/**
 * Normal numbers from a seed: Mulberry32, and of two of its numbers one by Box and Muller's way.
 * @param {number} seed
 */
export function normal(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
