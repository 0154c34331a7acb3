// The numbers of charts, by hand.

import { strictEqual as equal } from "node:assert/strict";

import { cell, chartNumbers } from "../../../nnviz/components/frontend/shared/chart_numbers.js";

const WORDS = { chart: "chart", series: "series", across: "x", up: "y", value: "value", error: "±" };

Deno.test("a curve is a line a point, under the titles of its axes, and what is hidden is left out", () => {
  const axes = { across: "epoch<br>of <b>all</b>", up: "loss, mean" };
  const text = chartNumbers([
    { name: "one, two", x: Float64Array.of(1, 2), y: [0.5, null], error_y: { array: [0.25] }, ...axes },
    { name: "asked away", visible: "legendonly", x: [1], y: [9], ...axes },
    { y: [-3e-7, NaN], visible: true, ...axes },
  ], WORDS);
  equal(
    text,
    'series,epoch of all,"loss, mean",±\n"one, two",1,0.5,0.25\n"one, two",2,,\n,0,-3e-7,\n,1,,\n',
  );
});

Deno.test("a map is a line a cell, and two charts in one have no common titles", () => {
  const map = { x: ["a", "b"], y: [10, 20], z: [[1, 2], [3, 4]], across: "k", up: "n" };
  equal(chartNumbers([map], WORDS), "k,n,value\na,10,1\nb,10,2\na,20,3\nb,20,4\n");
  const other = { name: "o", x: [5], y: [6], across: "k", up: "m", chart: "Loss" };
  equal(chartNumbers([{ ...map, z: undefined }, other], WORDS), "chart,series,k,y\n,,a,10\n,,b,20\nLoss,o,5,6\n");
});

Deno.test("no text is a formula for a spreadsheet, and a number is never quoted", () => {
  equal(cell("=1+1"), "'=1+1");
  equal(cell('@a"b'), '"\'@a""b"');
  equal(cell("\r-x"), '"\'\n-x"');
  equal(cell(-0.5), "-0.5");
});
