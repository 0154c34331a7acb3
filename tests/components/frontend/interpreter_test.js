// Small networks whose numbers can be worked out by hand. NumPy vouches for large ones in test_interpreter_in_javascript.py.

import { deepEqual, equal, throws } from "node:assert/strict";

import { createNetwork } from "../../../nnviz/components/frontend/network/interpreter.js";
import { floatsFromHalves, parseMessage } from "../../../nnviz/components/frontend/network/network_message.js";
import { buildNetwork } from "../../../nnviz/components/frontend/network/build_network.js";
import { explainUnit, formulaLines } from "../../../nnviz/components/frontend/network/unit_formula.js";

/** @param {number[]} shape */
const image = (shape) => ({ name: "image", kind: "InputLayer", inputs: [], shape, weights: {} });

const DENSE = [
  image([2]),
  {
    name: "hidden",
    kind: "Dense",
    inputs: [0],
    shape: [2],
    weights: { kernel: [2, 2], bias: [2] },
    activation: "relu",
  },
];
const NUMBERS = Float32Array.of(1, -1, 2, 3, 0.5, -10);

Deno.test("a dense layer is inputs times weights plus bias, bent", () => {
  // 1 * 1 + 2 * 2 + 0.5 and 1 * -1 + 2 * 3 - 10
  deepEqual([...createNetwork(DENSE, NUMBERS).run([1, 2])], [5.5, 0]);
});

Deno.test("softmax of equal sums is equal shares", () => {
  const step = { name: "answer", kind: "Activation", inputs: [0], shape: [4], weights: {}, activation: "softmax" };
  deepEqual([...createNetwork([image([4]), step], new Float32Array()).run([7, 7, 7, 7])], [0.25, 0.25, 0.25, 0.25]);
});

Deno.test("a convolution lays its kernel on every place, with paper around the edge", () => {
  const step = {
    ...{ name: "conv", kind: "Conv2D", inputs: [0], shape: [2, 2, 1], weights: { kernel: [2, 2, 1, 1] } },
    ...{ strides: [1, 1], padding: "same" },
  };
  // Of an even kernel the odd row of paper is at the end: place (0, 0) sees all four pixels.
  const found = createNetwork([image([2, 2, 1]), step], Float32Array.of(1, 10, 100, 1000)).run([1, 2, 3, 4]);
  deepEqual([...found], [4321, 402, 43, 4]);
});

Deno.test("a network that learns computes what a new one of its numbers would, in the same layers", () => {
  const step = {
    ...{ name: "conv", kind: "Conv2D", inputs: [0], shape: [2, 2, 1], weights: { kernel: [2, 2, 1, 1] } },
    ...{ strides: [1, 1], padding: "same" },
  };
  const learning = createNetwork([image([2, 2, 1]), step], Float32Array.of(9, 9, 9, 9));
  const { values } = learning.layers[1];
  learning.run([1, 2, 3, 4]);
  learning.learn([1, 10, 100, 1000]);
  equal(learning.run([1, 2, 3, 4]), values);
  deepEqual([...values], [4321, 402, 43, 4]);
  throws(() => learning.learn([1]), RangeError);
});

Deno.test("numbers of 16 bits are what they are as floats", () => {
  const halves = Uint16Array.of(0x0000, 0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0x8400);
  const found = floatsFromHalves(new Uint8Array(halves.buffer));
  deepEqual([...found], [0, 1, -2, 0.333251953125, 2 ** -24, 65504, -(2 ** -14)]);
});

Deno.test("pooling takes the greatest of each window", () => {
  const step = {
    ...{ name: "pool", kind: "MaxPooling2D", inputs: [0], shape: [1, 2, 1], weights: {} },
    ...{ pool_size: [2, 2], strides: [2, 2], padding: "valid" },
  };
  deepEqual([...createNetwork([image([2, 4, 1]), step], new Float32Array()).run([1, -2, 0, 0, 5, 3, -1, 0])], [5, 0]);
});

Deno.test("a unit's terms are the products of its inputs, the strongest first, and add up to its sum", () => {
  const { layers, run } = createNetwork(DENSE, NUMBERS);
  run([1, 2]);
  const found = explainUnit(layers[1], 1);
  deepEqual(found?.terms.map(({ from, product }) => [from, product]), [[1, 6], [0, -1]]);
  deepEqual([found?.bias, found?.sum], [-10, -5]);
  deepEqual(formulaLines(layers[1], 1, (from) => `pixel ${from}`), [
    "+ 6.000 = 2.000 × 3.000, pixel 1",
    "− 1.000 = 1.000 × −1.000, pixel 0",
    "− 10.000, bias",
    "= −5.000",
    "ReLU(−5.000) = 0.000",
  ]);
});

Deno.test("a message is a length, a header of that length and the numbers behind it", () => {
  const header = new TextEncoder().encode('{"digest":"ab"}  ');
  const bytes = new Uint8Array(3 + 4 + 20 + 8); // from the middle of a larger buffer, as it comes out of a message
  new DataView(bytes.buffer).setUint32(3, 20, true);
  bytes.fill(32, 7, 27).set(header, 7);
  new DataView(bytes.buffer).setFloat32(27, 1.5, true);
  new DataView(bytes.buffer).setFloat32(31, -2, true);
  const found = parseMessage(bytes.subarray(3));
  equal(found.header.digest, "ab");
  deepEqual([...found.numbers], [1.5, -2]);
});

Deno.test("a network that answers its trial as on the server is shown, another one is not", () => {
  const run = createNetwork(DENSE, NUMBERS).run([0, 0.37]); // the trial input: (37 i mod 101) / 100
  const header = { digest: "ab", steps: DENSE, code: null, trial: [...run] };
  equal("network" in buildNetwork(header, NUMBERS), true);
  equal("fault" in buildNetwork(header, NUMBERS.map((x) => x + 0.01)), true);
});
