// Layers that only move numbers: an edge of paper put on or cut off, axes in another order, maps side by side.

/** @typedef {import("./interpreter.js").Layer} Layer */

/**
 * Whether a layer's values are its inputs' in other places, and nought.
 * @param {Layer} layer
 */
export function moves({ kind }) {
  return kind in ORIGINS;
}

/**
 * Where a unit's value was before: a unit of one of the layer's inputs; null where there was nothing.
 * @param {Layer} layer
 * @param {number} unit
 * @returns {{input: number, from: number} | null}
 */
export function originOf(layer, unit) {
  const [, columns, channels] = layer.shape;
  const place = Math.floor(unit / channels);
  return ORIGINS[layer.kind](layer, [Math.floor(place / columns), place % columns, unit % channels], unit);
}

/**
 * @param {Layer} layer
 * @param {number} row
 * @param {number} column
 * @param {number} channel
 */
function placeBefore({ inputs: [{ shape: [rows, columns, channels] }] }, row, column, channel) {
  if (row < 0 || row >= rows || column < 0 || column >= columns) return null;
  return { input: 0, from: (row * columns + column) * channels + channel };
}

/**
 * Below and beside where it was, or above where an edge was cut off.
 * @param {Layer} layer
 * @param {number[]} at
 */
function shifted(layer, [row, column, channel]) {
  return placeBefore(layer, row - layer.offset[0], column - layer.offset[1], channel);
}

/** @type {Record<string, (layer: Layer, at: number[], unit: number) => {input: number, from: number} | null>} */
const ORIGINS = {
  ZeroPadding2D: shifted,
  Cropping2D: shifted,
  UpSampling2D: (layer, [row, column, channel]) =>
    placeBefore(layer, Math.floor(row / layer.size[0]), Math.floor(column / layer.size[1]), channel),
  Permute(layer, at, unit) {
    if (layer.shape.length < 3) return { input: 0, from: unit };
    const before = [0, 0, 0];
    layer.dims.forEach((axis, i) => before[axis - 1] = at[i]);
    return placeBefore(layer, before[0], before[1], before[2]);
  },
  Concatenate({ inputs, axis }, _, unit) {
    // What lies behind the axis stays together; of each input as much as its part of the axis is long.
    const pieces = inputs.map(({ shape }) => shape.slice(axis - 1).reduce((product, side) => product * side, 1));
    const whole = pieces.reduce((sum, piece) => sum + piece, 0);
    let within = unit % whole;
    const input = pieces.findIndex((piece) => {
      if (within < piece) return true;
      within -= piece;
      return false;
    });
    return { input, from: Math.floor(unit / whole) * pieces[input] + within };
  },
};
