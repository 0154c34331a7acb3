// One step, with numbers worked out by hand. NumPy vouches for a whole network in test_one_step_in_javascript.py.

import { deepEqual, equal, match } from "node:assert/strict";

import { fates, gradient, lossOf, Trial, walked } from "../../../nnviz/components/frontend/one_step/arithmetic.js";
import { gradientLines, number, stepLines } from "../../../nnviz/components/frontend/one_step/formulas.js";
import { squareOf } from "../../../nnviz/components/frontend/one_step/tiles.js";
import { verdictOf } from "../../../nnviz/components/frontend/one_step/views.js";

const NONE = { name: "l2", alpha: 0, batch: 1 };
const half = (name = "l2") => ({ name, alpha: 0.5, batch: 1 });
const layer = () => ({ w: Float64Array.of(1, -2, 3, 4), b: Float64Array.of(0, 1), inputs: 2, units: 2, bend: null });

Deno.test("a gradient is input times delta, and the penalty pulls at the weight or at its sign", () => {
  deepEqual([...gradient(layer(), [2, 0], [0.5, -1], NONE)], [1, -2, 0, -0]);
  deepEqual([...gradient(layer(), [2, 0], [0.5, -1], half())], [1.5, -3, 1.5, 2]);
  deepEqual([...gradient(layer(), [2, 0], [0.5, -1], half("l1"))], [1.5, -2.5, 0.5, 0.5]);
});

Deno.test("steps that were taken move weights and biases, and leave the network's own as they are", () => {
  const own = layer();
  const [moved] = walked([own], [{ rate: 0.1, values: [[2, 0]], deltas: [[0.5, -1]] }], NONE);
  deepEqual([...moved.w], [0.9, -1.8, 3, 4]);
  deepEqual([...moved.b], [-0.05, 1.1]);
  deepEqual(own, layer());
});

Deno.test("a step of any size is told without working the first layer out again", () => {
  const grads = gradient(layer(), [2, 0], [0.5, -1], NONE);
  const trial = new Trial([layer()], [grads], [[0.5, -1]], Float64Array.of(2, 0));
  // z = (2, -4 + 1) before; a step of 0.1 moves it by 0.1 * (2 * 1 + 0.5, 2 * -2 - 1)
  const share = (/** @type {number} */ one, /** @type {number} */ other) => 1 / (1 + Math.exp(other - one));
  equal(trial.after(0)[0].toFixed(12), share(2, -3).toFixed(12));
  equal(trial.after(0.1)[0].toFixed(12), share(1.75, -2.5).toFixed(12));
});

Deno.test("what became of other digits is better, worse, newly right or newly wrong", () => {
  const before = Float64Array.of(1, 0, 0.6, 0.4, 0.4, 0.6, 0.7, 0.3, 0.7, 0.3);
  const after = Float64Array.of(1, 0, 0.4, 0.6, 0.6, 0.4, 0.8, 0.2, 0.6, 0.4);
  const told = fates(before, after, [0, 0, 0, 0]);
  deepEqual(told.map(({ fate }) => fate), ["newly_wrong", "newly_right", "better", "worse"]);
  deepEqual(told.map(({ better }) => better), [false, true, true, false]);
});

Deno.test("numbers have four figures, and a real minus", () => {
  deepEqual([0, 0.72549, -0.021, 1234.56, 3.1e-7, 99999.6].map(number), [
    "0",
    "0.7255",
    "−0.02100",
    "1235",
    "3.100 × 10⁻⁷",
    "100000",
  ]);
  equal(number(NaN), "not a number");
  equal(lossOf(0), 745);
});

Deno.test("the lines of a gradient and of a step have the numbers that they are about", () => {
  deepEqual(gradientLines([[0.5, -0.02]], 3, NONE), ["input × δ", "0.5000 × (−0.02000) = −0.01000"]);
  equal(
    gradientLines([[0.5, -0.02]], 3, { ...half(), batch: 16 }).join(" | "),
    "input × δ | 0.5000 × (−0.02000) = −0.01000 | + (λ ÷ 16) × weight | −0.01000 + 0.5000 × 3.000 = 1.490",
  );
  equal(stepLines(3, 0.1, 1.49)[1], "3.000 − 0.1000 × 1.490 = 2.851");
});

Deno.test("a step is judged by the loss of its digit, and by what others have lost", () => {
  match(verdictOf(1, 2, false, false), /too large/);
  match(verdictOf(1, 0.99, false, false), /small/);
  match(verdictOf(1, 0.1, true, false), /right/);
  match(verdictOf(1, 0.1, true, true), /forgotten/);
  match(verdictOf(1, NaN, false, false), /beyond/);
});

Deno.test("so many inputs make a picture as square as can be", () => {
  deepEqual([784, 100, 64, 12].map(squareOf), [
    { rows: 28, columns: 28 },
    { rows: 10, columns: 10 },
    { rows: 8, columns: 8 },
    { rows: 3, columns: 4 },
  ]);
});
