// The picture of a network: its connections and its layout, on networks small enough to be worked out by hand.

import { deepEqual, equal, ok } from "node:assert/strict";

import { createNetwork } from "../../../nnviz/components/frontend/network/interpreter.js";
import {
  brightestPixels,
  connectionsFrom,
  connectionsInto,
  traceBack,
} from "../../../nnviz/components/frontend/network_picture/connections.js";
import { cellOf, fitTiles, inRow, layOut, unitAt } from "../../../nnviz/components/frontend/network_picture/layout.js";
import { keyTarget } from "../../../nnviz/components/frontend/network_picture/keys.js";
import { unitsAround } from "../../../nnviz/components/frontend/network_picture/neighbours.js";
import { countParameters, stagesOf, unitName } from "../../../nnviz/components/frontend/network/stages.js";
import { convolutionStep } from "../../../nnviz/components/frontend/network_picture/step.js";

const dense = (name, at, [from, to]) => ({
  ...{ name, kind: "Dense", inputs: [at], shape: [to], activation: "linear" },
  weights: { kernel: [from, to], bias: [to] },
});
const STEPS = [
  { name: "pixels", kind: "InputLayer", inputs: [], shape: [2], weights: {} },
  dense("hidden", 0, [2, 3]),
  dense("answer", 1, [3, 2]),
];
// hidden = (1, 10, 0), (0, 0, -4) for the two pixels; answer 0 takes 2, 1 and 0.5 of them.
const NUMBERS = Float32Array.of(1, 10, 0, 0, 0, -4, 0, 0, 0, 2, 0, 1, 0, 0.5, 0, 0, 0);

Deno.test("the way back from an answer follows the strongest products to the pixels", () => {
  const { layers, run } = createNetwork(STEPS, NUMBERS);
  run([1, 1]);
  const found = traceBack(layers[2], [0], { first: 2, each: 5, most: 2 });
  deepEqual(found.map(({ layer, from, to, product }) => [layer.name, from, to, product]), [
    ["answer", 1, 0, 10],
    ["answer", 0, 0, 2],
    ["hidden", 0, 1, 10],
    ["hidden", 0, 0, 1],
  ]);
});

Deno.test("what a unit adds goes to every dense layer that reads it, but for what is nought", () => {
  const { layers, run } = createNetwork(STEPS, NUMBERS);
  run([1, 1]);
  const found = connectionsFrom(layers, layers[1], 2, 5);
  deepEqual(found.map(({ layer, to, product }) => [layer.name, to, product]), [["answer", 0, -2]]);
});

Deno.test("a step of a convolution is patch times kernel of every map before, the bias and the bend", () => {
  const image = { name: "image", kind: "InputLayer", inputs: [], shape: [2, 2, 2], weights: {} };
  const step = {
    ...{ name: "conv", kind: "Conv2D", inputs: [0], shape: [2, 2, 1], activation: "relu" },
    ...{ strides: [1, 1], padding: "same", weights: { kernel: [2, 2, 2, 1], bias: [1] } },
  };
  const { layers, run } = createNetwork([image, step], Float32Array.of(1, -1, 2, 0, 3, 0, 4, 0, -50));
  run([1, 5, 2, 6, 3, 7, 4, 8]);
  const found = convolutionStep(layers[1], 0);
  deepEqual(found.parts.map(({ patch, sum }) => [[...patch], sum]), [[[1, 2, 3, 4], 30], [[5, 6, 7, 8], -5]]);
  deepEqual([found.total, found.bias, found.before, found.value], [25, -50, -25, 0]);
  deepEqual([...convolutionStep(layers[1], 3).parts[0].patch], [4, 0, 0, 0], "nought beyond the edge");
});

Deno.test("what the card counts for a layer that was folded into another belongs to that one", () => {
  const { layers } = createNetwork(STEPS, NUMBERS);
  const found = countParameters([["hidden", 9], ["normalised", 6], ["relu", 0], ["answer", 8]], layers);
  deepEqual([...found].map(([layer, count]) => [layer.name, count]), [["hidden", 15], ["answer", 8]]);
  deepEqual([...countParameters([], layers).values()], [0, 9, 8], "without a card its own weights");
});

Deno.test("the way back follows both branches of a sum, each along its own strongest", () => {
  const steps = [
    STEPS[0],
    dense("one", 0, [2, 2]),
    dense("other", 0, [2, 2]),
    { name: "both", kind: "Add", inputs: [1, 2], shape: [2], weights: {} },
    dense("answer", 3, [2, 2]),
  ];
  // one = (1, 10), other = (100, 1000) of the first pixel; the answer takes the sum of the second units 1 time.
  const numbers = Float32Array.of(1, 10, 0, 0, 0, 0, 100, 1000, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
  const { layers, run } = createNetwork(steps, numbers);
  run([1, 1]);
  const found = traceBack(layers[4], [0], { first: 2, each: 5, most: 2 });
  deepEqual(found.map(({ layer, source, from, to, product }) => [layer.name, source.name, from, to, product]), [
    ["answer", "both", 1, 0, 1010],
    ["both", "other", 1, 1, 1000],
    ["both", "one", 1, 1, 10],
    ["other", "pixels", 0, 1, 1000],
    ["one", "pixels", 0, 1, 10],
  ]);
});

Deno.test("of a unit that looks at several maps there is one line for each, and it stands for all of its window", () => {
  const image = { name: "image", kind: "InputLayer", inputs: [], shape: [2, 2, 2], weights: {} };
  const step = {
    ...{ name: "conv", kind: "Conv2D", inputs: [0], shape: [1, 1, 1], activation: "relu" },
    ...{ strides: [1, 1], padding: "valid", weights: { kernel: [2, 2, 2, 1], bias: [1] } },
  };
  const { layers, run } = createNetwork([image, step], Float32Array.of(1, -1, 2, 0, 3, 0, 4, 0, -50));
  run([1, 5, 2, 6, 3, 7, 4, 8]);
  const found = connectionsInto(layers[1], [0], 5);
  deepEqual(found.map(({ from, product }) => [from, product]), [[6, 30], [1, -5]], "from the place that adds most");
});

Deno.test("around a unit lie those beside it in the picture, and at an edge as many", () => {
  const units = { kind: "units", rows: 1, columns: 1, count: 23, box: { tiles: { across: 6 } } };
  deepEqual(unitsAround(units, 8), [[0, 1, 2, 3, 4], [6, 7, 8, 9, 10], [12, 13, 14, 15, 16]]);
  deepEqual(unitsAround(units, 22), [[7, 8, 9, 10, 11], [13, 14, 15, 16, 17], [19, 20, 21, 22]]);
  const places = { ...maps, box: { tiles: { across: 2 } } };
  deepEqual(unitsAround(places, 6 * 5 + 2).map((row) => row.map((unit) => [unit % 6, Math.floor(unit / 6)])), [
    [[2, 0], [2, 1], [2, 2], [2, 3]],
    [[2, 4], [2, 5], [2, 6], [2, 7]],
    [[2, 8], [2, 9], [2, 10], [2, 11]],
  ], "of a map, places of the same map");
  const answer = { kind: "answer", rows: 1, columns: 1, count: 10, box: { tiles: { across: 1 } } };
  deepEqual(unitsAround(answer, 3), [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]], "all ten digits");
});

const maps = { kind: "maps", rows: 4, columns: 4, count: 6 };

Deno.test("every unit is found again at the middle of its own cell", () => {
  const one = { ...maps, rows: 1, columns: 1, count: 7 };
  for (const stage of [maps, one, { ...maps, count: 1 }, { kind: "units", rows: 1, columns: 1, count: 100 }]) {
    const tiles = fitTiles(stage, 200, 300, 90);
    for (let unit = 0; unit < stage.rows * stage.columns * stage.count; unit += 1) {
      const { x, y } = cellOf(stage, tiles, unit);
      equal(unitAt(stage, tiles, x, y), unit);
    }
  }
});

Deno.test("tiles stay within their box and rows are full where that costs little", () => {
  const units = fitTiles({ rows: 1, columns: 1, count: 100 }, 210, 370, 44);
  deepEqual([units.across, units.down], [10, 10]);
  for (let width = 30; width < 400; width += 37) {
    const { across, down, width: wide, height: high, gap } = fitTiles(maps, width, 200, 90);
    ok(across * (wide + gap) - gap <= width + 1e-9);
    ok(down * (high + gap) - gap <= 200 + 1e-9);
    ok(across * down >= maps.count);
  }
});

Deno.test("a row of stages is never wider than its place, and there is one wherever it is wide enough", () => {
  const digit = { kind: "digit", rows: 28, columns: 28, count: 1 };
  const answer = { kind: "answer", rows: 1, columns: 1, count: 10 };
  const deep = [digit, ...Array(8).fill({ kind: "maps", rows: 14, columns: 14, count: 32 }), answer];
  for (const stages of [[digit, maps, answer], deep]) {
    for (const width of [640, 1100, 1740, 2400]) {
      if (!inRow(stages.length, width)) continue;
      const boxes = layOut(stages, width, 400);
      ok(boxes.reduce((sum, box) => sum + box.width, 0) < width, `${stages.length} stages in ${width}`);
      ok(boxes.every(({ height }) => height <= 460));
    }
  }
  equal(inRow(4, 354), false, "a phone");
  equal(inRow(11, 1100), true, "a laptop");
});

Deno.test("stages are called by what they do, and numbered where there are several", () => {
  const { layers } = createNetwork(
    [...STEPS.slice(0, 2), dense("more", 1, [3, 3]), dense("answer", 2, [3, 10])],
    new Float32Array(99),
  );
  const stages = stagesOf(layers, { draws: false, rows: [] });
  deepEqual(stages.map(({ title }) => title), ["Digit", "Hidden layer 1", "Hidden layer 2", "Answer"]);
  equal(stages[1].size, "3 units");
  equal(unitName({ ...maps, noun: "map" }, 6 * 5 + 2), "map 3, row 2, column 2");
});

Deno.test("the code of an autoencoder has numbers, and it ends in a drawing", () => {
  const steps = [{ ...STEPS[0], shape: [784] }, dense("code", 0, [784, 2]), dense("pixels", 1, [2, 784])];
  const { layers } = createNetwork(steps, new Float32Array(4000));
  const stages = stagesOf(layers, { code: layers[1], draws: true, rows: [] });
  deepEqual(stages.map(({ title, kind }) => [title, kind]), [["Digit", "digit"], ["Code", "units"], [
    "Drawn again",
    "drawn",
  ]]);
  equal(stages[1].size, "2 numbers");
  equal(unitName(stages[1], 1), "number 2");
});

Deno.test("arrow keys move within a stage, and over its sides to the next", () => {
  const stage = { kind: "units", count: 7, box: { tiles: { across: 3 } } }; // 3, 3 and 1 below each other
  deepEqual(keyTarget("ArrowRight", stage, 0, false), { item: 1 });
  deepEqual(keyTarget("ArrowRight", stage, 2, false), { beyond: 1 });
  deepEqual(keyTarget("ArrowRight", stage, 6, false), { beyond: 1 }, "the last row is shorter");
  deepEqual(keyTarget("ArrowLeft", stage, 3, false), { beyond: -1 });
  deepEqual(keyTarget("ArrowDown", stage, 3, false), { item: 6 });
  deepEqual(keyTarget("ArrowDown", stage, 4, false), null, "nothing is below it");
  deepEqual(keyTarget("ArrowDown", stage, 4, true), { beyond: 1 }, "the next stage is");
  deepEqual(keyTarget("End", { ...stage, kind: "maps" }, 7 * 5 + 2, false), { item: 6 });
  deepEqual(keyTarget("ArrowUp", { ...stage, kind: "digit" }, 30, false), { item: 2 }, "a digit has 28 pixels a row");
});

Deno.test("bright pixels lie apart", () => {
  const pixels = new Float32Array(784);
  pixels.set([0.9, 1, 0.8], 100);
  pixels[600] = 0.5;
  deepEqual(brightestPixels(pixels, 2, 5), [101, 600]);
});
