// Layers with a memory, which read their input step by step; nnviz/inference/recurrent.py does the same in NumPy.
//
// Kernels lie side by side: of a GRU for update, reset and new value, of an LSTM for input, forget, new value and
// output. A layer that gives back every step has a place for each in its values.

import { functionOf } from "./formula.js";

/** @typedef {import("./interpreter.js").Layer} Layer */

/** @param {Layer} layer */
export function recurrent(layer) {
  const { inputs: [input], values, weights: { kernel, bias }, shapes, backwards } = layer;
  const [width, across] = shapes.kernel;
  const units = shapes.recurrent_kernel[0];
  const [steps, from] = [input.values.length / width, input.values];
  const every = layer.shape.length > 1;
  const [given, hidden] = [new Float64Array(across), new Float64Array(units)];
  const step = STEPS[layer.kind](layer, given, hidden);
  return () => {
    step.begin();
    hidden.fill(0);
    for (let at = 0; at < steps; at += 1) {
      const start = (backwards ? steps - 1 - at : at) * width;
      for (let unit = 0; unit < across; unit += 1) given[unit] = bias?.[unit] ?? 0;
      addProducts(given, from, start, width, kernel, across);
      step.take();
      if (every) values.set(hidden, at * units);
    }
    if (!every) values.set(hidden);
  };
}

/**
 * Adds to the sums what `count` values from `start` on are with the first columns of a kernel of so many.
 * @param {Float64Array} sums
 * @param {ArrayLike<number>} values
 * @param {number} start
 * @param {number} count
 * @param {Float32Array} kernel
 * @param {number} across
 * @param {number} [column] with which the kernel begins
 */
function addProducts(sums, values, start, count, kernel, across, column = 0) {
  for (let i = 0; i < count; i += 1) {
    const value = values[start + i];
    if (value === 0) continue; // paper
    for (let unit = 0, at = i * across + column; unit < sums.length; unit += 1, at += 1) {
      sums[unit] += value * kernel[at];
    }
  }
}

/** @typedef {{begin: () => void, take: () => void}} Step `take` makes of what is given and remembered the next memory */

/** @type {Record<string, (layer: Layer, given: Float64Array, hidden: Float64Array) => Step>} */
const STEPS = {
  SimpleRNN({ weights: { recurrent_kernel: kernel }, bend: formula }, given, hidden) {
    const bend = functionOf(formula);
    return {
      begin: () => {},
      take() {
        addProducts(given, hidden, 0, hidden.length, kernel, given.length);
        for (let unit = 0; unit < hidden.length; unit += 1) hidden[unit] = bend(given[unit]);
      },
    };
  },
  LSTM({ weights: { recurrent_kernel: kernel }, bend: formula, gate: formulaOfGate }, given, hidden) {
    const [bend, gate, units] = [functionOf(formula), functionOf(formulaOfGate), hidden.length];
    const kept = new Float64Array(units);
    return {
      begin: () => kept.fill(0),
      take() {
        addProducts(given, hidden, 0, units, kernel, given.length);
        for (let unit = 0; unit < units; unit += 1) {
          const added = gate(given[unit]) * bend(given[2 * units + unit]);
          kept[unit] = gate(given[units + unit]) * kept[unit] + added;
          hidden[unit] = gate(given[3 * units + unit]) * bend(kept[unit]);
        }
      },
    };
  },
  GRU({ weights: { recurrent_kernel: kernel, bias }, bend: formula, gate: formulaOfGate, resetAfter }, given, hidden) {
    const [bend, gate, units, across] = [functionOf(formula), functionOf(formulaOfGate), hidden.length, given.length];
    const [gates, memory, shown] = [new Float64Array(2 * units), new Float64Array(units), new Float64Array(units)];
    return {
      begin: () => {},
      take() {
        gates.fill(0);
        memory.fill(0);
        if (resetAfter && bias) {
          gates.set(bias.subarray(across, across + 2 * units));
          memory.set(bias.subarray(across + 2 * units));
        }
        addProducts(gates, hidden, 0, units, kernel, across);
        for (let unit = 0; unit < 2 * units; unit += 1) gates[unit] = gate(gates[unit] + given[unit]);
        for (let unit = 0; unit < units; unit += 1) shown[unit] = hidden[unit] * (resetAfter ? 1 : gates[units + unit]);
        addProducts(memory, shown, 0, units, kernel, across, 2 * units);
        for (let unit = 0; unit < units; unit += 1) {
          const remembered = memory[unit] * (resetAfter ? gates[units + unit] : 1);
          const fresh = bend(given[2 * units + unit] + remembered);
          hidden[unit] = gates[unit] * hidden[unit] + (1 - gates[unit]) * fresh;
        }
      },
    };
  },
};
