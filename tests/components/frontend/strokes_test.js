// A drawing as vectors: what is on the paper, what can be taken back, what may come out of storage.

import { deepEqual, equal } from "node:assert/strict";

import { Drawing, lineWidths } from "../../../nnviz/components/frontend/pad/strokes.js";

const PEN = { width: 22 };

/** @param {number[][]} strokes each as x, y, x, y, ... */
function drawingOf(...strokes) {
  const drawing = new Drawing();
  for (const points of strokes) {
    drawing.begin(points[0], points[1], PEN);
    for (let i = 2; i < points.length; i += 2) drawing.extend(points[i], points[i + 1]);
    drawing.end();
  }
  return drawing;
}

Deno.test("points are quarters of a unit, and nearer ones than 1.5 units are left out", () => {
  const drawing = drawingOf([10, 20, 11, 20, 12.1, 20]);
  deepEqual(drawing.strokes(), [{ width: 88, erase: false, points: [40, 80, 48, 80] }]);
});

Deno.test("a line that leaves the paper ends a paper's width away from it", () => {
  deepEqual(drawingOf([0, 0, 10_000, -10_000]).strokes()[0].points, [0, 0, 2240, -1120]);
});

Deno.test("a pen that is pressed half draws its own width", () => {
  const drawing = new Drawing();
  drawing.begin(0, 0, { width: 20, pressure: 0.5 });
  drawing.extend(100, 0, 1);
  drawing.extend(200, 0, 0);
  const [half, most, least] = lineWidths(drawing.strokes()[0]);
  equal(half, 20);
  equal(least, 10);
  equal(most, 20 * (0.5 + 255 / 256));
});

Deno.test("only an eraser on the paper leaves it empty", () => {
  const drawing = new Drawing();
  drawing.begin(5, 5, { width: 36, erase: true });
  drawing.end();
  equal(drawing.empty, true);
  drawing.begin(5, 5, PEN);
  equal(drawing.empty, false);
});

Deno.test("a picture takes the place of the strokes, and undo brings them back", () => {
  const drawing = drawingOf([10, 10], [20, 20]);
  const before = drawing.strokes();
  drawing.put({ picture: "AAAA" });
  deepEqual(drawing.strokes(), []);
  equal(drawing.base?.picture, "AAAA");
  drawing.begin(1, 1, PEN);
  drawing.end();
  equal(drawing.strokes().length, 1);
  drawing.undo();
  drawing.undo();
  deepEqual(drawing.strokes(), before);
  equal(drawing.base, null);
});

Deno.test("a drawing comes out of storage as it went in, with all that can be taken back and drawn again", () => {
  const drawing = drawingOf([10, 10], [20, 20], [30, 30]);
  drawing.clear();
  drawing.undo();
  drawing.undo();
  const again = new Drawing();
  equal(again.restore(JSON.parse(JSON.stringify(drawing.all()))), true);
  deepEqual(again.strokes(), drawing.strokes());
  again.redo();
  again.redo();
  deepEqual(again.strokes(), []);
});

for (
  const [what, saved] of /** @type {[string, any][]} */ ([
    ["no lists", { done: null, undone: [] }],
    ["a stroke without points", { done: [{ width: 4, points: [] }], undone: [] }],
    ["points that are no whole numbers", { done: [{ width: 4, points: [1.5, 2] }], undone: [] }],
    ["a word that is not clear", { done: ["wipe"], undone: [] }],
    ["a picture that is no text", { done: [], undone: [{ picture: 1 }] }],
  ])
) {
  Deno.test(`storage with ${what} changes nothing`, () => {
    const drawing = drawingOf([10, 10]);
    const before = drawing.strokes();
    equal(drawing.restore(saved), false);
    deepEqual(drawing.strokes(), before);
  });
}

Deno.test("a stroke that was none leaves what there was, and what can be drawn again", () => {
  const drawing = drawingOf([10, 20, 90, 20], [10, 60, 90, 60]);
  drawing.undo();
  const [before, undone] = [drawing.strokes(), drawing.all().undone];
  drawing.begin(50, 50, PEN);
  drawing.extend(80, 80);
  equal(drawing.drop(), true);
  deepEqual(drawing.strokes(), before);
  deepEqual(drawing.all().undone, undone);
  equal(drawing.drop(), false, "none is under way");
});
