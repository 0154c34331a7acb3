// Painting on a digit: what a stroke changes, worked out by hand, and how far that is.

import { equal, ok } from "node:assert/strict";

import { distance, painted } from "../../../nnviz/components/frontend/paint_digit/changing.js";

const near = (/** @type {number} */ value, /** @type {number} */ wanted) => ok(Math.abs(value - wanted) < 1e-6);

Deno.test("a stroke changes each pixel once, and those beside it less", () => {
  const blank = new Float32Array(784);
  const after = painted(blank, [30, 31], 1);
  near(after[30], 0.5);
  near(after[31], 0.5);
  for (const beside of [29, 32, 2, 3, 58, 59]) near(after[beside], 0.15);
  equal(after.filter((value) => value > 0).length, 8);
  equal(blank.every((value) => value === 0), true);
});

Deno.test("no pixel leaves 0 to 1, and the edge has nothing beside it on the other side", () => {
  const full = new Float32Array(784).fill(0.9);
  const more = painted(full, [27], 1);
  equal(more[27], 1);
  near(more[28], 0.9);
  const less = painted(new Float32Array(784).fill(0.1), [27], -1);
  equal(less[27], 0);
});

Deno.test("the distance is the one by hand", () => {
  const far = distance(new Float32Array(784), painted(new Float32Array(784), [100], 1));
  equal(far.pixels, 5);
  near(far.length, Math.sqrt(0.25 + 4 * 0.0225));
  near(far.largest, 0.5);
});
