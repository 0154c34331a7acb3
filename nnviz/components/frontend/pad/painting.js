// Grey digits, whose pixels are written many times a second.

import { context2d } from "../shared/dom.js";

/**
 * A picture whose pixels are written many times a second: 32 bits at once, into the same memory.
 * @param {HTMLCanvasElement} canvas
 * @param {number} columns
 * @param {number} rows
 */
function createPixels(canvas, columns, rows) {
  resize(canvas, columns, rows);
  const context = context2d(canvas);
  const picture = context.createImageData(columns, rows);
  return { pixels: new Uint32Array(picture.data.buffer), put: () => context.putImageData(picture, 0, 0) };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function resize(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

// Grey pixels from black paper to white ink, as in MNIST. values: 28 * 28 from 0 to 1, or null for an empty picture.
const greys = new WeakMap();
/**
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number> | null} values
 */
export function paintGreys(canvas, values) {
  if (!greys.has(canvas)) greys.set(canvas, createPixels(canvas, 28, 28));
  const { pixels, put } = greys.get(canvas);
  for (let i = 0; i < pixels.length; i += 1) {
    pixels[i] = 0xff000000 + 0x010101 * (values ? Math.round(255 * values[i]) : 0);
  }
  put();
}
