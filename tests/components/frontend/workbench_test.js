// What can be done to a network by hand, with numbers worked out by hand.

import { deepEqual, equal } from "node:assert/strict";

import { edited, noisy, normal } from "../../../nnviz/components/frontend/workbench/edits.js";
import { costs } from "../../../nnviz/components/frontend/workbench/needed.js";
import { lookOf, placeOf } from "../../../nnviz/components/frontend/workbench/pictures.js";
import { Bench } from "../../../nnviz/components/frontend/workbench/reading.js";

const dense = (/** @type {string} */ name, /** @type {number} */ from, /** @type {number[]} */ shape) => ({
  ...{ name, kind: "Dense", inputs: [from], shape: [shape[1]], activation: "linear" },
  weights: { kernel: shape, bias: [shape[1]] },
});
const STEPS = [
  { name: "image", kind: "InputLayer", inputs: [], shape: [2], weights: {} },
  dense("hidden", 0, [2, 2]),
  dense("answer", 1, [2, 2]),
];
const OWN = () => Float32Array.of(1, -2, 3, 0.5, 10, 20, 1, -0.25, 2, 4, 0, 1);

/** @param {import("../../../nnviz/components/frontend/workbench/edits.js").Edit[]} edits */
const after = (...edits) => [...edited(STEPS, OWN(), edits).numbers];

Deno.test("the smallest weights of all layers become 0, biases stay, and of equal ones the first goes", () => {
  // of the sizes 1 2 3 0.5 | 1 0.25 2 4, three of eight: 0.25, 0.5, and the first 1
  deepEqual(after({ what: "prune", share: 0.4 }), [0, -2, 3, 0, 10, 20, 1, 0, 2, 4, 0, 1]);
  deepEqual(after({ what: "prune", share: 0.1 }), [...OWN()]);
});

Deno.test("two bits leave three values, by the greatest of each layer's weights and of its biases", () => {
  deepEqual(after({ what: "round", bits: 2 }), [0, -3, 3, 0, 20, 20, 0, 0, 4, 4, 0, 1]);
});

Deno.test("paint and bias change what they name, and the network's own numbers stay", () => {
  const own = OWN();
  const { numbers } = edited(STEPS, own, [
    { what: "paint", layer: 2, places: [0, 3], by: 0.5 },
    { what: "bias", layer: 1, unit: 1, value: 7 },
  ]);
  deepEqual([...numbers], [1, -2, 3, 0.5, 10, 7, 1.5, -0.25, 2, 4.5, 0, 1]);
  deepEqual(own, OWN());
});

Deno.test("a silent unit puts out 0 until it is heard again", () => {
  const bench = new Bench(STEPS, OWN());
  deepEqual([...bench.read([1, 1])], [14 + 2 * 18.5, -3.5 + 4 * 18.5 + 1]); // hidden: 14 and 18.5
  /** @type {{what: "silence", layer: number, unit: number}} */
  const first = { what: "silence", layer: 1, unit: 0 };
  bench.take(edited(STEPS, OWN(), [{ ...first, on: true }]));
  deepEqual([...bench.read([1, 1])], [37, 75]);
  bench.take(edited(STEPS, OWN(), [{ ...first, on: true }, { ...first, on: false }]));
  deepEqual([...bench.read([1, 1])], [51, 71.5]);
});

Deno.test("a seed gives the same noise again, of mean 0 and deviation 1, and ink stays between 0 and 1", () => {
  const [one, same, other] = [normal(7), normal(7), normal(8)];
  const drawn = Array.from({ length: 20000 }, one);
  deepEqual(drawn.slice(0, 50), Array.from({ length: 50 }, same));
  equal(drawn[0] === other(), false);
  const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
  const spread = Math.sqrt(drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length);
  equal(Math.abs(mean) < 0.03 && Math.abs(spread - 1) < 0.03, true);
  const digit = noisy(new Float32Array(500), 2, normal(1));
  equal(Math.min(...digit), 0);
  equal(Math.max(...digit), 1);
});

Deno.test("what is remembered before the chosen layer is forgotten when something there changes", async () => {
  const pixels = 784;
  const steps = [
    { name: "image", kind: "InputLayer", inputs: [], shape: [pixels], weights: {} },
    dense("hidden", 0, [pixels, 3]),
    dense("answer", 1, [3, 10]),
  ];
  const draw = normal(3);
  const own = Float32Array.from({ length: 3 * pixels + 3 + 40 }, draw);
  const digits = Float32Array.from({ length: 40 * pixels }, draw);
  const labels = Array.from({ length: 40 }, (_, i) => i % 10);
  const bench = new Bench(steps, own);
  bench.workOn(2);
  const score = async (/** @type {Bench} */ one) => {
    /** @type {any} */
    let last = null;
    await one.judge(digits, labels, null, (told) => last = told);
    return [last.right, ...last.rightOf];
  };
  /** @type {import("../../../nnviz/components/frontend/workbench/edits.js").Edit[][]} */
  const lists = [
    [],
    [{ what: "bias", layer: 2, unit: 4, value: 30 }],
    [{ what: "paint", layer: 2, places: [0, 11, 25], by: 5 }],
    [{ what: "silence", layer: 1, unit: 1, on: true }],
    [{ what: "bias", layer: 1, unit: 0, value: 900 }],
    [],
  ];
  const remembered = [];
  for (const edits of lists) {
    const now = edited(steps, own, edits);
    const fresh = new Bench(steps, own);
    fresh.take(now);
    bench.take(now);
    remembered.push(bench.remembered !== null);
    deepEqual(await score(bench), await score(fresh));
  }
  deepEqual(remembered, [false, true, true, false, false, false]);
});

Deno.test("the unit whose silence loses most digits comes first, and each class is counted by itself", async () => {
  const pixels = 784;
  const steps = [
    { name: "image", kind: "InputLayer", inputs: [], shape: [pixels], weights: {} },
    dense("hidden", 0, [pixels, 2]),
    dense("answer", 1, [2, 3]),
  ];
  // The first two pixels go to the two units; unit 0 speaks for digit 1, unit 1 for digit 2, and digit 0 has a bias.
  const numbers = new Float32Array(2 * pixels + 2 + 6 + 3);
  [numbers[0], numbers[3]] = [1, 1];
  numbers.set([0, 1, 0, 0, 0, 1, 0.5, 0, 0], 2 * pixels + 2);
  const labels = [1, 2, 2, 0, 1];
  const digits = new Float32Array(pixels * labels.length); // the last, a 1, is read as 0
  [digits[0], digits[pixels + 1], digits[2 * pixels + 1]] = [1, 1, 1];
  const now = { numbers, silent: new Map() };
  const found = await costs(steps, now, 1, 2, { digits, labels, noise: null }, () => true);
  deepEqual(found, [
    { unit: 1, lost: 2, ofClass: [0, 0, 2, 0, 0, 0, 0, 0, 0, 0] },
    { unit: 0, lost: 1, ofClass: [0, 1, 0, 0, 0, 0, 0, 0, 0, 0] },
  ]);
  equal(await costs(steps, now, 1, 2, { digits, labels, noise: null }, () => false), null);
});

Deno.test("each map of a depthwise layer is a unit, whose weights lie among those of the others", () => {
  const kernel = { name: "each", kind: "DepthwiseConv2D", inputs: [0], shape: [2, 2, 6], activation: "linear" };
  const options = { strides: [1, 1], padding: "same" };
  /** @type {import("../../../nnviz/components/frontend/network/interpreter.js").Step[]} */
  const steps = [
    { name: "image", kind: "InputLayer", inputs: [], shape: [2, 2, 3], weights: {} },
    { ...kernel, ...options, weights: { kernel: [2, 3, 3, 2], bias: [6] } },
  ];
  const look = lookOf(new Bench(steps, new Float32Array(42)).layers[1]);
  deepEqual(look, { rows: 2, columns: 3, channels: 1, inputs: 6, units: 6 });
  equal(placeOf(look, 5, 0, 4), 29); // row 1, column 1, channel 2, the second of its two kernels: ((3 + 1) 3 + 2) 2 + 1
});
