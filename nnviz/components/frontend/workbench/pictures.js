// The weights of a unit as a picture: where its inputs lie, and in which colour each of them is shown.

import { DIVERGING, interpolate, RED_BLUE } from "../shared/colors.js";
import { context2d } from "../shared/dom.js";

/**
 * @typedef {import("../network/interpreter.js").Layer} Layer
 * @typedef {{rows: number, columns: number, channels: number, inputs: number, units: number}} Look of a unit's weights
 */

/**
 * How the weights of one unit lie: as a kernel, as the maps before them, as a digit, or in a square of rows.
 * @param {Layer} layer
 * @returns {Look}
 */
export function lookOf(layer) {
  const shape = layer.shapes.kernel;
  if (layer.kind === "DepthwiseConv2D") { // each map before it has kernels of its own, one a unit
    const [rows, columns] = shape;
    return { rows, columns, channels: 1, inputs: rows * columns, units: shape[2] * shape[3] };
  }
  const units = shape[shape.length - 1];
  if (shape.length === 4) {
    return { rows: shape[0], columns: shape[1], channels: shape[2], inputs: shape[0] * shape[1] * shape[2], units };
  }
  const inputs = shape[0];
  let from = layer.inputs[0];
  while (from.kind === "Reshape" && from.inputs.length) from = from.inputs[0];
  if (from.shape.length === 3) {
    return { rows: from.shape[0], columns: from.shape[1], channels: from.shape[2], inputs, units };
  }
  const columns = inputs === 784 ? 28 : Math.ceil(Math.sqrt(inputs));
  return { rows: Math.ceil(inputs / columns), columns, channels: 1, inputs, units };
}

/**
 * Where in the kernel the weight for that place is; -1 where there is none.
 * @param {Look} look
 * @param {number} unit
 * @param {number} channel
 * @param {number} place row after row
 */
export function placeOf({ channels, inputs, units }, unit, channel, place) {
  const input = place * channels + channel;
  return input < inputs ? input * units + unit : -1;
}

/**
 * Red for weights below nothing, blue for those above, by the greatest of the picture.
 * @param {HTMLCanvasElement} canvas
 * @param {Look} look
 * @param {Float32Array} kernel
 * @param {number} unit
 * @param {number} channel
 */
export function paintWeights(canvas, look, kernel, unit, channel) {
  const at = Array.from({ length: look.rows * look.columns }, (_, place) => placeOf(look, unit, channel, place));
  let most = 0;
  for (const place of at) if (place >= 0) most = Math.max(most, Math.abs(kernel[place]));
  paint(canvas, look.columns, look.rows, (place) => {
    return interpolate(RED_BLUE, 0.5 + (at[place] < 0 || !most ? 0 : kernel[at[place]] / most / 2));
  });
}

/**
 * A map of a layer, by the greatest of the whole layer.
 * @param {HTMLCanvasElement} canvas
 * @param {Layer} layer
 * @param {number} unit
 * @param {number} most
 */
export function paintMap(canvas, layer, unit, most) {
  const [rows, columns, maps] = layer.shape;
  paint(canvas, columns, rows, (place) => {
    const value = layer.values[place * maps + unit];
    return interpolate(DIVERGING, 0.5 + (most ? value / most / 2 : 0));
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} columns
 * @param {number} rows
 * @param {(place: number) => number[]} colourOf
 */
function paint(canvas, columns, rows, colourOf) {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const picture = new ImageData(columns, rows);
  for (let i = 0; i < columns * rows; i += 1) picture.data.set([...colourOf(i), 255], 4 * i);
  context2d(canvas).putImageData(picture, 0, 0);
}
