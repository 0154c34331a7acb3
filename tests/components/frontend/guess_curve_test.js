// A curve that is drawn as a guess: what a stroke makes of its numbers.

import { deepStrictEqual as equal } from "node:assert/strict";

import { drawn, shownPlaces } from "../../../nnviz/components/frontend/guess_curve/index.js";

Deno.test("the first touch makes a whole curve, as high everywhere", () => {
  const here = { place: 1, value: 0.5 };
  equal(drawn(null, 4, here, here), [0.5, 0.5, 0.5, 0.5]);
});

Deno.test("a quick stroke leaves no place out, whichever way it goes", () => {
  const [left, right] = [{ place: 0, value: 0 }, { place: 4, value: 1 }];
  equal(drawn([9, 9, 9, 9, 9, 9], 6, left, right), [0, 0.25, 0.5, 0.75, 1, 9]);
  equal(drawn([9, 9, 9, 9, 9, 9], 6, right, left), [0, 0.25, 0.5, 0.75, 1, 9]);
});

Deno.test("within one place the last height counts", () => {
  equal(drawn([0, 0, 0], 3, { place: 2, value: 0.2 }, { place: 2, value: 0.7 }), [0, 0, 0.7]);
});

Deno.test("at most seven places have their names below", () => {
  for (const n of [2, 7, 11, 60]) {
    const places = shownPlaces(n);
    equal(places[0], 0);
    equal(places.length <= 7 && places.length >= 2, true);
  }
});
