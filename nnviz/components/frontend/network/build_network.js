// Networks as the pictures of them want them: layers with values, in order, the digit first. Computed here, or as the
// server found them.

import { createNetwork, product } from "./interpreter.js";
import { say } from "../shared/words.js";

/**
 * @typedef {import("./interpreter.js").Layer} Layer
 * @typedef {object} Network
 * @property {Layer[]} layers in order, the digit first
 * @property {((digit: ArrayLike<number>) => Float32Array) | null} run computes their values; null where they are the
 *   server's, so that nothing is known of how they came about
 * @property {Layer | null} code of an autoencoder
 * @property {(numbers: ArrayLike<number>) => void} [learn] takes other numbers for the same layers, while it is trained
 */

const CLOSE = 1e-4; // of the server's numbers, which a network has to meet before it is shown

/**
 * The network, if it computes here what it does on the server.
 * @param {import("./network_message.js").Header} header
 * @param {Float32Array} numbers
 * @returns {{network: Network, fault?: undefined} | {network?: undefined, fault: string}}
 */
export function buildNetwork(header, numbers) {
  try {
    const { layers, run, learn } = createNetwork(header.steps, numbers);
    const trial = Float32Array.from(layers[0].values, (_, i) => ((37 * i) % 101) / 100);
    const answer = run(trial);
    if (header.trial.every((value, i) => Math.abs(answer[i] - value) <= CLOSE)) {
      const code = header.code === null ? null : layers[header.code];
      return { network: { layers: layers.filter(({ kind }) => kind !== "Reshape"), run, code, learn } };
    }
  } catch (error) {
    console.warn(error);
  }
  return { fault: say("This browser computes other numbers than the server, so the server reads.") };
}

/**
 * A network of which only the values are known, which the server sends; `fillNetwork` takes them.
 * @param {{name: string, shape: number[]}[]} rows its layers after the digit
 * @param {number | null} code the code's position among them
 * @returns {Network}
 */
export function servedNetwork(rows, code) {
  const [weights, shapes, compute] = [{}, {}, () => {}];
  /** @type {Layer[]} */
  const layers = [];
  for (const { name, shape } of [{ name: "image", shape: [784] }, ...rows]) {
    const [kind, inputs] = layers.length ? ["", layers.slice(-1)] : ["InputLayer", []];
    const values = new Float32Array(product(shape));
    layers.push({ name, kind, shape, inputs, values, weights, shapes, compute, strides: [], padding: "" });
  }
  return { layers, run: null, code: code === null ? null : layers[code + 1] };
}

/**
 * @param {Network} network
 * @param {ArrayLike<number>} digit
 * @param {ArrayLike<number>[]} values of its layers after the digit
 */
export function fillNetwork({ layers }, digit, values) {
  [digit, ...values].forEach((of, i) => layers[i].values.set(of));
}
