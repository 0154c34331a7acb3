// What is told of a box at the edges beyond which it goes on.

import { deepStrictEqual as equal, ok } from "node:assert/strict";

import { beyond, maskOf } from "../../../nnviz/components/frontend/shared/edges.js";

const NONE = { before: 0, after: 0 };

Deno.test("a box fades at the ends where there is more of it, and nowhere else", () => {
  equal(maskOf(beyond(0, 300, 300), NONE), "");
  equal(beyond(0, 300, 500), { before: 0, after: 200 });
  equal(beyond(200, 300, 500), { before: 200, after: 0 });
  const [begins, ends] = [maskOf(beyond(0, 300, 500), NONE), maskOf(beyond(200, 300, 500), NONE)];
  ok(begins.includes("#000 0px calc(100% - 32px)"), begins);
  ok(ends.includes("#000 32px calc(100% - 0px)"), ends);
  ok(maskOf(beyond(10, 300, 500), NONE).includes("#000 10px"), "it grows with what is out of sight");
});

Deno.test("what goes on in both directions fades in both", () => {
  const both = maskOf(beyond(50, 300, 500), beyond(0, 100, 900));
  ok(both.includes("to right") && both.includes("to bottom"), both);
});
