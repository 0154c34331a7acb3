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
  const { header, body } = splitMessage(message);
  return { header, numbers: new Float32Array(body.slice().buffer) }; // of its own, and aligned
}

/**
 * Bytes -> what is said first, and the bytes after it.
 * @param {Uint8Array} message
 * @returns {{header: any, body: Uint8Array}}
 */
export function splitMessage(message) {
  const length = new DataView(message.buffer, message.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(message.subarray(4, 4 + length)));
  return { header, body: message.subarray(4 + length) };
}

/**
 * Numbers of 16 bits, as weights of a network in training come.
 * @param {Uint8Array} bytes little-endian
 * @returns {Float32Array}
 */
export function floatsFromHalves(bytes) {
  const halves = new Uint16Array(bytes.slice().buffer);
  return Float32Array.from(halves, (half) => {
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
    const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    return half & 0x8000 ? -size : size;
  });
}
