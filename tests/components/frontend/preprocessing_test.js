// The steps from ink to 28 x 28 pixels on pictures small enough to be worked out by hand.

import { deepEqual, equal } from "node:assert/strict";

import { prepare, untouched } from "../../../nnviz/components/frontend/pad/preprocessing.js";

/**
 * A transparent picture with black ink in a box.
 * @param {number} width
 * @param {number} height
 * @param {number[]} box left, top, columns, rows
 */
function picture(width, height, [left, top, columns, rows]) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let row = top; row < top + rows; row += 1) {
    for (let column = left; column < left + columns; column += 1) data[4 * (row * width + column) + 3] = 255;
  }
  return { data, width, height };
}

/** @param {ReturnType<typeof prepare>} preparation */
function box(preparation) {
  const inked = [...(preparation?.centred ?? [])].flatMap((value, i) =>
    value > 0 ? [[i % 28, Math.floor(i / 28)]] : []
  );
  const [columns, rows] = [0, 1].map((axis) => inked.map((place) => place[axis]));
  const [left, top] = [Math.min(...columns), Math.min(...rows)];
  return [left, top, Math.max(...columns) - left + 1, Math.max(...rows) - top + 1];
}

Deno.test("a picture without ink is no digit", () => {
  equal(prepare(picture(40, 40, [0, 0, 0, 0])), null);
  equal(untouched(picture(280, 280, [0, 0, 0, 0])), null);
});

Deno.test("a square is fitted into 20 x 20 and lies in the middle", () => {
  const found = prepare(picture(100, 100, [3, 50, 40, 40]));
  deepEqual(found?.corner, [50, 3]);
  deepEqual(found?.sizes.cropped, [40, 40]);
  deepEqual(found?.sizes.scaled, [20, 20]);
  deepEqual(box(found), [4, 4, 20, 20]);
});

Deno.test("the longer side becomes 20 pixels and the other as many as it has the share of", () => {
  const found = prepare(picture(100, 100, [10, 10, 15, 60]));
  deepEqual(found?.sizes.scaled, [20, 5]);
});

Deno.test("left where it was drawn, a square in a corner stays there", () => {
  deepEqual(box(prepare(picture(280, 280, [0, 0, 100, 100]), { centre: false, fit: true })), [0, 0, 20, 20]);
});

Deno.test("not fitted, the canvas becomes 28 pixels and the ink shrinks with it", () => {
  deepEqual(prepare(picture(280, 280, [0, 0, 100, 50]), { fit: false })?.sizes.scaled, [5, 10]);
});

Deno.test("a picture that is a digit already is averaged ten by ten and left where it is", () => {
  const found = untouched(picture(280, 280, [10, 20, 10, 4]));
  const inked = [...(found?.centred ?? [])].flatMap((value, i) => value ? [[i, Math.round(255 * value)]] : []);
  deepEqual(inked, [[2 * 28 + 1, 102]]);
});
