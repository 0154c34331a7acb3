// A network as stages: the digit, every layer that has values of its own, and the answer; each with a name in plain
// words, its size, and how many parameters it has.

import { product } from "./interpreter.js";
import { sourceLayer } from "./unit_formula.js";
import { say, sayMany } from "../shared/words.js";

/**
 * @typedef {import("./interpreter.js").Layer} Layer
 * @typedef {"digit" | "units" | "maps" | "answer" | "drawn" | "weights"} Kind how a stage is shown
 * @typedef {object} Stage
 * @property {Layer} layer
 * @property {Kind} kind
 * @property {string} title
 * @property {string} size in words
 * @property {number} parameters
 * @property {number} rows of one picture; 1 for single units
 * @property {number} columns
 * @property {number} count of pictures: maps, or units
 * @property {"digit" | "map" | "number" | "unit"} noun what one of them is
 */

/** @type {Record<string, string>} */
const WORDS = {
  Conv2D: say("Convolution"),
  Conv2DTranspose: say("Enlarging convolution"),
  DepthwiseConv2D: say("Convolution map by map"),
  SeparableConv2D: say("Convolution in two steps"),
  MaxPooling2D: say("Pooling"),
  AveragePooling2D: say("Pooling (mean)"),
  GlobalAveragePooling2D: say("Mean of each map"),
  GlobalMaxPooling2D: say("Greatest of each map"),
  BatchNormalization: say("Normalising"),
  Rescaling: say("Rescaling"),
  Activation: say("Activation"),
  ReLU: "ReLU",
  LeakyReLU: say("Leaky ReLU"),
  ELU: "ELU",
  PReLU: "PReLU",
  Add: say("Sum of layers"),
  Resizing: say("In another size"),
  UnitNormalization: say("Brought to length 1"),
  LayerNormalization: say("Normalising by itself"),
  RMSNormalization: say("Brought to power 1"),
  GroupNormalization: say("Normalising in groups"),
  SimpleRNN: say("Step by step"),
  GRU: say("Step by step (GRU)"),
  LSTM: say("Step by step (LSTM)"),
  Minimum: say("Least of layers"),
  Maximum: say("Greatest of layers"),
  Multiply: say("Product of layers"),
  Subtract: say("Difference of layers"),
  Average: say("Mean of layers"),
  Concatenate: say("Side by side"),
  ZeroPadding2D: say("Paper around it"),
  Cropping2D: say("Cut off at the edge"),
  UpSampling2D: say("Enlarging"),
  Permute: say("Turned over the diagonal"),
};

/**
 * @param {Layer[]} layers in order, the digit first
 * @param {{code?: Layer | null, draws: boolean, rows: [string, number][]}} about rows: names of layers as the card has
 *   them, with their parameters
 * @returns {Stage[]}
 */
export function stagesOf(layers, { code = null, draws, rows }) {
  const shown = layers.filter(({ kind }) => kind !== "Reshape");
  const last = shown[shown.length - 1];
  const parameters = countParameters(rows, layers);
  const plain = shown.every(({ shape }) => shape.length < 3 || product(shape) === 784); // no maps: an MLP
  const titles = numbered(shown.map((layer, i) => {
    if (i === 0) return say("Digit");
    if (layer === last) return draws ? say("Drawn again") : say("Answer");
    if (layer === code) return say("Code");
    if (layer.kind === "Dense") return plain && !draws ? say("Hidden layer") : say("Dense layer");
    return WORDS[layer.kind] ?? plainName(layer.name);
  }));
  return shown.map((layer, i) => {
    /** @type {Kind} */
    let kind = layer.shape.length === 3 ? "maps" : "units";
    if (i === 0) kind = "digit";
    else if (layer === last && draws) kind = "drawn";
    else if (layer === last && product(layer.shape) === 10) kind = "answer";
    const picture = kind === "digit" || kind === "drawn";
    /** @type {Stage["noun"]} */
    const noun = kind === "answer" ? "digit" : kind === "maps" ? "map" : layer === code ? "number" : "unit";
    const [high, wide, count] = picture ? [28, 28, 1] : kind === "maps" ? layer.shape : [1, 1, product(layer.shape)];
    return {
      ...{ layer, kind, noun, title: titles[i], rows: high, columns: wide, count },
      parameters: parameters.get(layer) ?? 0,
      size: picture
        ? say("28\u00a0×\u00a028 pixels")
        : kind === "maps"
        ? sayMany(count, "{n} map of {high}\u00a0×\u00a0{wide}", "{n} maps of {high}\u00a0×\u00a0{wide}", {
          high,
          wide,
        })
        : counted(count, noun),
    };
  });
}

/**
 * @param {number} n
 * @param {Stage["noun"]} noun
 */
function counted(n, noun) {
  if (noun === "digit") return sayMany(n, "{n} digit", "{n} digits");
  return noun === "number" ? sayMany(n, "{n} number", "{n} numbers") : sayMany(n, "{n} unit", "{n} units");
}

/**
 * "Convolution 1", "Convolution 2", where a name is there more than once.
 * @param {string[]} names
 */
function numbered(names) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return names.map((name) => {
    if (names.filter((other) => other === name).length < 2) return name;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return `${name} ${seen.get(name)}`;
  });
}

/** @param {string} name */
function plainName(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The parameters of each layer. What the card has besides (a normalising that is folded into the layer before it) goes
 * to the layer before.
 * @param {[string, number][]} rows
 * @param {Layer[]} layers
 */
export function countParameters(rows, layers) {
  const named = new Map(layers.map((layer) => [layer.name, layer]));
  /** @type {Map<Layer, number>} */
  const found = new Map();
  let current = layers[0];
  for (const [name, parameters] of rows) {
    current = named.get(name) ?? current;
    found.set(current, (found.get(current) ?? 0) + parameters);
  }
  if (rows.length) return found;
  for (const layer of layers) {
    found.set(layer, Object.values(layer.weights ?? {}).reduce((sum, values) => sum + values.length, 0));
  }
  return found;
}

/**
 * What a unit is called within its stage.
 * @param {{kind: string, columns: number, count: number, noun: string}} stage
 * @param {number} unit
 */
export function unitName({ kind, columns, count, noun }, unit) {
  if (kind === "answer") return say("digit {n}", { n: unit });
  if (kind === "digit" || kind === "drawn") return say("row {row}, column {column}", placeOf(unit, 28));
  if (kind === "units") {
    return noun === "number" ? say("number {n}", { n: unit + 1 }) : say("unit {n}", { n: unit + 1 });
  }
  const place = placeOf(Math.floor(unit / count), columns);
  return say("map {n}, row {row}, column {column}", { n: unit % count + 1, ...place });
}

/**
 * Where a pixel is, counted from 1.
 * @param {number} at
 * @param {number} columns
 */
export function placeOf(at, columns) {
  return { row: Math.floor(at / columns) + 1, column: (at % columns) + 1 };
}

/**
 * The weights of a unit of a dense layer, or of a map of a convolution that reads the digit, in the order of what they
 * are multiplied with; null for others.
 * @param {Layer} layer
 * @param {number} unit
 * @returns {Float32Array | null}
 */
export function weightsOf(layer, unit) {
  const kernel = layer.weights?.kernel;
  const first = layer.kind === "Conv2D" && layer.shapes.kernel[2] === 1;
  if (!kernel || !(layer.kind === "Dense" || first)) return null;
  const width = layer.shapes.kernel[layer.shapes.kernel.length - 1];
  return Float32Array.from({ length: kernel.length / width }, (_, i) => kernel[i * width + (unit % width)]);
}

/**
 * Whether a layer reads the digit itself.
 * @param {Layer} layer
 */
export function readsDigit(layer) {
  return layer.inputs.length > 0 && sourceLayer(layer).kind === "InputLayer";
}
