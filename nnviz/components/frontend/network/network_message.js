// A network as Python sends it: see nnviz/inference/browser.py.

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
