// A network computed in the browser, layer by layer, from numbers that were sent once.
// nnviz/inference/browser.py writes the program; nnviz/inference/layers.py does the same arithmetic in NumPy, and the tests hold the two against each other.
//
// A step is {name, kind, inputs: positions of earlier steps, shape, activation, ... , weights: {name: shape}}; the
// numbers are all weights of all steps, in that order. An activation for which there is no code here comes with its
// formula. Values of a picture lie row after row, a pixel's channels side by side, and kernels are (rows, columns,
// in, out), all as Keras has them. Every layer's values have one place in memory, which the next digit overwrites:
// nothing is allocated while somebody draws. Sums are float64. Windows and products are in matmul.js.

import { functionOf } from "./formula.js";
import { clipRange, createMatmul, im2col, paddingBefore } from "./matmul.js";
import { betweenPixels, groupMoments, lengthFactor, mergedFrom, momentsOf, powerFactor } from "./mixing.js";
import { originOf } from "./moving.js";
import { recurrent } from "./recurrent.js";

/**
 * @typedef {object} Step one layer of a program
 * @property {string} name
 * @property {string} kind
 * @property {number[]} inputs positions of earlier steps
 * @property {number[]} shape
 * @property {Record<string, number[]>} weights their shapes
 * @property {string} [activation]
 *
 * @typedef {Record<string, any> & {strides: number[], padding: string, name: string, kind: string, activation?: string, inputs: Layer[], shape: number[],
 *   shapes: Record<string, number[]>, weights: Record<string, Float32Array>, values: Float32Array,
 *   compute: () => void}} Layer a step with its weights and values; what else it has depends on its kind
 */

/**
 * @param {Step[]} steps
 * @param {Float32Array} numbers
 */
export function createNetwork(steps, numbers) {
  /** @type {Layer[]} */
  const layers = [];
  let place = 0;
  for (const step of steps) {
    /** @type {Record<string, Float32Array>} */
    const weights = {};
    for (const [name, shape] of Object.entries(step.weights)) {
      weights[name] = numbers.subarray(place, place += product(shape));
    }
    const inputs = step.inputs.map((i) => layers[i]);
    const passing = step.kind === "Reshape"; // the same values in another shape
    const values = passing ? inputs[0].values : new Float32Array(product(step.shape));
    const made = { ...step, weights, shapes: step.weights, inputs, values, compute: () => {} };
    const layer = /** @type {Layer} */ (/** @type {unknown} */ (made));
    if (!passing) layer.compute = layerFunction(layer);
    layers.push(layer);
  }
  const [first, last] = [layers[0], layers[layers.length - 1]];
  return {
    layers,
    /**
     * The last layer's values for this input; those of every layer are in `layers`.
     * @param {ArrayLike<number>} input
     */
    run(input) {
      first.values.set(input);
      for (const layer of layers) layer.compute();
      return last.values;
    },
    /**
     * Other numbers for the same steps, as of a network that learns; whoever has the layers has them, too.
     * @param {ArrayLike<number>} others
     */
    learn(others) {
      if (others.length !== place) throw new RangeError(`${place} numbers were expected, not ${others.length}`);
      numbers.set(others);
      for (const layer of layers) if (layer.kind !== "Reshape") layer.compute = layerFunction(layer); // some have copies
    },
  };
}

/** @param {Layer} layer */
function layerFunction(layer) {
  const compute = LAYERS[layer.kind](layer);
  const bend = layer.formula ? elementwise(functionOf(layer.formula)) : ACTIVATIONS[layer.activation ?? "linear"];
  const width = layer.shape[layer.shape.length - 1];
  return () => {
    compute();
    bend(layer.values, width);
  };
}

/** @param {number[]} shape */
export function product(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

// ---- what follows the sums: in place, `width` values a place ----

/** @type {Record<string, (values: Float32Array, width: number) => void>} */
const ACTIVATIONS = {
  linear: () => {},
  relu: (values) => {
    for (let i = 0; i < values.length; i += 1) if (values[i] < 0) values[i] = 0;
  },
  softmax: (values, width) => {
    for (let start = 0; start < values.length; start += width) {
      const row = values.subarray(start, start + width);
      const most = Math.max(...row);
      const grown = Float64Array.from(row, (x) => Math.exp(x - most));
      const sum = grown.reduce((total, x) => total + x, 0);
      for (let i = 0; i < width; i += 1) row[i] = grown[i] / sum;
    }
  },
};

/**
 * @param {(x: number) => number} bend
 * @returns {(values: Float32Array) => void}
 */
function elementwise(bend) {
  return (values) => {
    for (let i = 0; i < values.length; i += 1) values[i] = bend(values[i]);
  };
}

// ---- layers: each entry prepares a layer once and gives the function that fills its values ----

/** @type {Record<string, (layer: Layer) => () => void>} */
const LAYERS = {
  InputLayer: () => () => {},
  Dense: dense,
  Conv2D: conv2d,
  Conv2DTranspose: conv2dTranspose,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  MaxPooling2D: (layer) => pooling(layer, true),
  AveragePooling2D: (layer) => pooling(layer, false),
  GlobalAveragePooling2D: globalAverage,
  GlobalMaxPooling2D: globalGreatest,
  BatchNormalization: batchNormalization,
  Rescaling: batchNormalization,
  Activation: copy,
  ReLU: relu,
  LeakyReLU: relu,
  ELU: copy,
  PReLU: prelu,
  Add: (layer) => merge(layer, (a, b) => a + b),
  Average: (layer) => merge(layer, (a, b) => a + b, layer.inputs.length),
  Subtract: (layer) => merge(layer, (a, b) => a - b),
  Multiply: (layer) => merge(layer, (a, b) => a * b),
  Maximum: (layer) => merge(layer, Math.max),
  Minimum: (layer) => merge(layer, Math.min),
  LayerNormalization: layerNormalization,
  UnitNormalization: unitNormalization,
  RMSNormalization: powerNormalization,
  GroupNormalization: groupNormalization,
  SimpleRNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
  Resizing: resizing,
  ZeroPadding2D: move,
  Cropping2D: move,
  UpSampling2D: move,
  Permute: move,
  Concatenate: move,
};

/** @param {Layer} layer */
function dense(layer) {
  const { inputs: [{ values: from }], values: to, weights: { kernel, bias } } = layer;
  const sums = new Float64Array(to.length);
  return () => {
    if (bias) sums.set(bias);
    else sums.fill(0);
    for (let i = 0; i < from.length; i += 1) {
      const value = from[i];
      if (value === 0) continue; // most of a digit is paper, and many units are silent
      for (let o = 0, at = i * sums.length; o < sums.length; o += 1, at += 1) sums[o] += value * kernel[at];
    }
    to.set(sums);
  };
}

/** @param {Layer} layer */
function conv2d(layer) {
  const { inputs: [input], values, shape, shapes, weights } = layer;
  const { patches, gather } = im2col(input, layer, shapes.kernel);
  const [depth, filters] = [product(shapes.kernel.slice(0, 3)), shapes.kernel[3]];
  const multiply = createMatmul(depth, filters, (k, f) => weights.kernel[k * filters + f], weights.bias);
  return () => {
    gather();
    multiply(patches, shape[0] * shape[1], values);
  };
}

/**
 * Every value lays down its own window, a stride apart, and where windows meet they add up. kernel: (rows, columns,
 * out, in).
 * @param {Layer} layer
 */
function conv2dTranspose(layer) {
  const { inputs: [input], values, shape: [rows, columns, filters], shapes, strides, weights } = layer;
  const [high, wide, , channels] = shapes.kernel;
  const [rowsIn, columnsIn] = input.shape;
  const window = high * wide * filters;
  const multiply = createMatmul(channels, window, (k, f) => weights.kernel[f * channels + k]);
  const laid = new Float32Array(rowsIn * columnsIn * window);
  const above = paddingBefore(rows, high, strides[0], layer.padding);
  const left = paddingBefore(columns, wide, strides[1], layer.padding);
  const sums = new Float64Array(values.length);
  return () => {
    multiply(input.values, rowsIn * columnsIn, laid);
    if (weights.bias) { for (let at = 0; at < sums.length; at += filters) sums.set(weights.bias, at); }
    else sums.fill(0);
    for (let place = 0, from = 0; place < rowsIn * columnsIn; place += 1) {
      const top = Math.floor(place / columnsIn) * strides[0] - above;
      const side = (place % columnsIn) * strides[1] - left;
      for (let y = top; y < top + high; y += 1) {
        for (let x = side; x < side + wide; x += 1, from += filters) {
          if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
          for (let f = 0, to = (y * columns + x) * filters; f < filters; f += 1) {
            sums[to + f] += laid[from + f];
          }
        }
      }
    }
    values.set(sums);
  };
}

/** @param {Layer} layer */
function depthwiseConv2d(layer) {
  const { inputs: [input], values, shapes, weights } = layer;
  return eachChannel(input, layer, shapes.kernel, weights.kernel, weights.bias, values);
}

/** @param {Layer} layer */
function separableConv2d(layer) {
  const { inputs: [input], values, shape, shapes, weights } = layer;
  const [places, depth, filters] = [shape[0] * shape[1], shapes.pointwise_kernel[2], shape[2]];
  const between = new Float32Array(places * depth);
  const first = eachChannel(input, layer, shapes.depthwise_kernel, weights.depthwise_kernel, null, between);
  const multiply = createMatmul(
    depth,
    filters,
    (k, f) => weights.pointwise_kernel[k * filters + f],
    weights.bias,
  );
  return () => {
    first();
    multiply(between, places, values);
  };
}

/**
 * Every channel with kernels of its own: (rows, columns, channels, several).
 * @param {Layer} input
 * @param {Layer} layer
 * @param {number[]} shape
 * @param {Float32Array} kernel
 * @param {Float32Array | null} bias
 * @param {Float32Array} values
 */
function eachChannel(input, layer, shape, kernel, bias, values) {
  const [high, wide, channels, several] = shape;
  const { patches, gather } = im2col(input, layer, [high, wide]);
  const places = layer.shape[0] * layer.shape[1];
  return () => {
    gather();
    for (let place = 0, to = 0; place < places; place += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        for (let which = 0; which < several; which += 1, to += 1) {
          let sum = bias ? bias[channel * several + which] : 0;
          for (let k = 0, from = place * high * wide * channels; k < high * wide; k += 1, from += channels) {
            sum += patches[from + channel] * kernel[(k * channels + channel) * several + which];
          }
          values[to] = sum;
        }
      }
    }
  };
}

/**
 * The greatest of each window, or the mean of what of it lies in the picture.
 * @param {Layer} layer
 * @param {boolean} greatest
 */
function pooling(layer, greatest) {
  const { inputs: [input], values, shape, pool_size: [high, wide], strides, padding } = layer;
  const [rowsIn, columnsIn, channels] = input.shape;
  const [rows, columns] = shape;
  const above = paddingBefore(rowsIn, high, strides[0], padding);
  const left = paddingBefore(columnsIn, wide, strides[1], padding);
  const from = input.values;
  return () => {
    values.fill(greatest ? -Infinity : 0);
    for (let row = 0, to = 0; row < rows; row += 1) {
      const [top, bottom] = clipRange(row * strides[0] - above, high, rowsIn);
      for (let column = 0; column < columns; column += 1, to += channels) {
        const [start, end] = clipRange(column * strides[1] - left, wide, columnsIn);
        for (let y = top; y < bottom; y += 1) {
          for (let at = (y * columnsIn + start) * channels; at < (y * columnsIn + end) * channels;) {
            for (let c = to; c < to + channels; c += 1, at += 1) {
              if (!greatest) values[c] += from[at];
              else if (from[at] > values[c]) values[c] = from[at];
            }
          }
        }
        const inside = (bottom - top) * (end - start);
        if (!greatest) { for (let c = to; c < to + channels; c += 1) values[c] /= inside; }
      }
    }
  };
}

/** @param {Layer} layer */
function globalAverage(layer) {
  const { inputs: [{ values: from }], values } = layer;
  return () => {
    const sums = new Float64Array(values.length);
    for (let i = 0; i < from.length; i += 1) sums[i % sums.length] += from[i];
    for (let c = 0; c < sums.length; c += 1) values[c] = (sums[c] * sums.length) / from.length;
  };
}

/** @param {Layer} layer */
function globalGreatest(layer) {
  const { inputs: [{ values: from }], values } = layer;
  return () => {
    values.fill(-Infinity);
    for (let i = 0; i < from.length; i += 1) {
      const channel = i % values.length;
      if (from[i] > values[channel]) values[channel] = from[i];
    }
  };
}

/**
 * After training, normalising is a factor and a summand for each channel, or for each of another axis, whose values
 * are `each` behind each other. Rescaling has one of both for all.
 * @param {Layer} layer
 */
function batchNormalization(layer) {
  const { inputs: [{ values: from }], values, weights: { factor, shift }, each = 1 } = layer;
  return () => {
    for (let i = 0; i < from.length; i += 1) {
      const which = Math.floor(i / each) % factor.length;
      values[i] = from[i] * factor[which] + shift[which];
    }
  };
}

/** @param {Layer} layer */
function copy(layer) {
  const { inputs: [{ values: from }], values } = layer;
  return () => values.set(from);
}

/** @param {Layer} layer */
function relu(layer) {
  const { inputs: [{ values: from }], values, threshold, negative_slope: slope, max_value: most } = layer;
  return () => {
    for (let i = 0; i < from.length; i += 1) {
      const value = from[i] >= threshold ? from[i] : slope * (from[i] - threshold);
      values[i] = Math.min(value, most ?? Infinity);
    }
  };
}

/**
 * Several inputs, number by number.
 * @param {Layer} layer
 * @param {(a: number, b: number) => number} both
 * @param {number} [share] by which all is divided at the end
 */
function merge(layer, both, share = 1) {
  const { inputs, values } = layer;
  const sources = inputs.map((input, i) => ({ from: input.values, places: mergedFrom(layer, i) }));
  const sums = new Float64Array(values.length);
  return () => {
    sources.forEach(({ from, places }, i) => {
      for (let unit = 0; unit < sums.length; unit += 1) {
        const value = from[places ? places[unit] : unit];
        sums[unit] = i === 0 ? value : both(sums[unit], value);
      }
    });
    for (let unit = 0; unit < sums.length; unit += 1) values[unit] = sums[unit] / share;
  };
}

/**
 * Each run of values behind each other, brought to mean 0 and deviation 1, times gamma, plus beta.
 * @param {Layer} layer
 */
function layerNormalization(layer) {
  const { inputs: [{ values: from }], values, weights: { gamma, beta }, run } = layer;
  return () => {
    for (let start = 0; start < values.length; start += run) {
      const { mean, factor } = momentsOf(layer, start);
      for (let i = 0; i < run; i += 1) {
        const normal = (from[start + i] - mean) * factor;
        values[start + i] = normal * (gamma?.[i] ?? 1) + (beta?.[i] ?? 0);
      }
    }
  };
}

/**
 * Each run of values behind each other, brought to length 1.
 * @param {Layer} layer
 */
function unitNormalization(layer) {
  const { inputs: [{ values: from }], values, run } = layer;
  return () => {
    for (let start = 0; start < values.length; start += run) {
      const factor = lengthFactor(layer, start);
      for (let i = start; i < start + run; i += 1) values[i] = from[i] * factor;
    }
  };
}

/**
 * Each run of values behind each other, brought to a mean square of 1, times a scale.
 * @param {Layer} layer
 */
function powerNormalization(layer) {
  const { inputs: [{ values: from }], values, weights: { scale }, run } = layer;
  return () => {
    for (let start = 0; start < values.length; start += run) {
      const factor = powerFactor(layer, start);
      for (let i = 0; i < run; i += 1) values[start + i] = from[start + i] * factor * scale[i];
    }
  };
}

/**
 * Each group of maps, brought to mean 0 and deviation 1, times gamma, plus beta.
 * @param {Layer} layer
 */
function groupNormalization(layer) {
  const { inputs: [{ values: from }], values, weights: { gamma, beta }, run, maps } = layer;
  return () => {
    for (let group = 0; group < maps / run; group += 1) {
      const { mean, factor } = groupMoments(layer, group);
      for (let start = group * run; start < values.length; start += maps) {
        for (let i = start; i < start + run; i += 1) {
          const map = i % maps;
          values[i] = (from[i] - mean) * factor * (gamma?.[map] ?? 1) + (beta?.[map] ?? 0);
        }
      }
    }
  };
}

/**
 * A picture in another size, with straight lines from one pixel to the next.
 * @param {Layer} layer
 */
function resizing(layer) {
  const { inputs: [input], values, shape: [rows, columns, channels] } = layer;
  const [rowsIn, columnsIn] = input.shape;
  const down = Array.from({ length: rows }, (_, row) => betweenPixels(row, rowsIn, rows));
  const across = Array.from({ length: columns }, (_, column) => betweenPixels(column, columnsIn, columns));
  const from = input.values;
  return () => {
    let to = 0;
    for (const { below: top, above: bottom, share: y } of down) {
      for (const { below: left, above: right, share: x } of across) {
        for (let c = 0; c < channels; c += 1, to += 1) {
          const value = (row, column) => from[(row * columnsIn + column) * channels + c];
          const high = value(top, left) * (1 - x) + value(top, right) * x;
          const low = value(bottom, left) * (1 - x) + value(bottom, right) * x;
          values[to] = high * (1 - y) + low * y;
        }
      }
    }
  };
}

/**
 * What is below zero gets a slope of its own, learned for each value.
 * @param {Layer} layer
 */
function prelu(layer) {
  const { inputs: [{ values: from }], values, weights: { alpha } } = layer;
  return () => {
    for (let i = 0; i < from.length; i += 1) values[i] = from[i] < 0 ? alpha[i] * from[i] : from[i];
  };
}

/** @param {Layer} layer */
function move(layer) {
  const { inputs, values } = layer;
  const origins = Array.from(values, (_, unit) => originOf(layer, unit));
  const which = Uint8Array.from(origins, (origin) => origin?.input ?? 0);
  const from = Int32Array.from(origins, (origin) => origin?.from ?? -1);
  const sources = inputs.map((input) => input.values);
  return () => {
    for (let i = 0; i < values.length; i += 1) values[i] = from[i] < 0 ? 0 : sources[which[i]][from[i]];
  };
}
