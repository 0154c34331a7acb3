// A network as Python sends it: see nnviz/inference/browser.py.

import { createNetwork } from "./interpreter.js";

/**
 * @typedef {object} Header
 * @property {string} digest
 * @property {import("./interpreter.js").Step[]} steps
 * @property {number | null} code the step whose values are the code, of an autoencoder
 * @property {number[]} trial the answer to the trial input
 */

/**
 * Bytes -> {header, numbers}.
 * @param {Uint8Array} message
 */
export function parseMessage(message) {
  const bytes = message.slice(); // from the start of a buffer of its own, where numbers may be looked at in place
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, numbers: new Float32Array(bytes.buffer, 4 + length) };
}

const CLOSE = 1e-4; // of the server's numbers, which a network has to meet before it is shown

/**
 * The network, if it computes here what it does on the server.
 * @param {Header} header
 * @param {Float32Array} numbers
 */
export function buildNetwork(header, numbers) {
  try {
    const { layers, run } = createNetwork(header.steps, numbers);
    const trial = Float32Array.from(layers[0].values, (_, i) => ((37 * i) % 101) / 100);
    const answer = run(trial);
    if (header.trial.every((value, i) => Math.abs(answer[i] - value) <= CLOSE)) {
      const shown = layers.slice(1, -1).filter(({ kind }) => kind !== "Reshape");
      const values = shown.map((layer) => layer.values);
      return {
        network: { run, shown, values, last: layers[layers.length - 1] },
        code: header.code === null ? null : layers[header.code],
      };
    }
  } catch (error) {
    console.warn(error);
  }
  return { fault: "This browser computes other numbers than the server, so the server reads." };
}
