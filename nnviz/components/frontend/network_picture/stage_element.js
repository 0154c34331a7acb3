// A stage on the page: its picture, what the pointer is at, and its words.

import { DIVERGING } from "../shared/colors.js";
import { element, setText } from "../shared/dom.js";
import { ramp } from "../shared/legend.js";
import { decimal, percent } from "../shared/text.js";
import { unitName } from "../network/stages.js";
import { layOut } from "./layout.js";
import { paintTiles } from "./painting.js";
import { say, sayMany } from "../shared/words.js";

/**
 * @typedef {import("../network/stages.js").Stage} Stage
 * @typedef {{item: HTMLElement, show: (share: number, most: boolean, right: boolean) => void}} Bar
 * @typedef {Stage & {figure: HTMLElement, frame: HTMLElement, canvas: HTMLCanvasElement, mark: HTMLElement,
 *   bars: Bar[], scale: HTMLElement, box: import("./layout.js").Box, at: number, visible: boolean}} Shown visible:
 *   as far as is known, in sight
 */

const LAYER = say("layer");

/**
 * @param {Stage} stage
 * @param {number} at its position among the stages
 * @returns {Shown}
 */
export function createStage(stage, at) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const mark = element("span", { class: "mark", hidden: true });
  const bars = stage.kind === "answer" ? Array.from({ length: 10 }, (_, digit) => createBar(digit)) : [];
  const shown = bars.length ? element("ol", { class: "bars" }, ...bars.map(({ item }) => item)) : canvas;
  const frame = element(
    "div",
    { class: "frame", role: "slider", tabindex: -1, "data-testid": "stage", "aria-roledescription": LAYER },
    shown,
    mark,
  );
  const scale = element("span", { class: "top" });
  const figure = element(
    "figure",
    { class: `stage ${stage.kind}` },
    frame,
    element(
      "figcaption",
      {},
      element("strong", {}, stage.title),
      element("span", { class: "size" }, stage.size),
      element(
        "span",
        { class: "count" },
        ...(stage.kind === "weights" ? ["−", ramp(DIVERGING), "+"] : [countOf(stage)]),
      ),
      scale,
    ),
  );
  const [box] = layOut([stage], 100, 100);
  return { ...stage, figure, frame, canvas, mark, bars, scale, box, at, visible: true };
}

/** @param {Stage} stage */
function countOf({ kind, parameters }) {
  if (kind === "digit") return "";
  return parameters ? sayMany(parameters, "{n} parameter", "{n} parameters") : say("no parameters");
}

/**
 * @param {number} digit
 * @returns {Bar}
 */
function createBar(digit) {
  const bar = element("span", { class: "fill" });
  const number = element("span", { class: "share" });
  const item = element(
    "li",
    {},
    element("span", { class: "name" }, String(digit)),
    element("span", { class: "track" }, bar),
    number,
  );
  return {
    item,
    show(share, most, right) {
      bar.style.transform = `scaleX(${share})`;
      setText(number, percent(share));
      item.className = most ? (right ? "most" : "most wrong") : "";
    },
  };
}

/**
 * The values of a stage, painted.
 * @param {Shown} stage
 * @param {boolean} shared one scale for all of its maps
 * @param {number | null} label of the digit
 * @param {boolean} blank there is nothing to read
 */
export function paintStage(stage, shared, label, blank) {
  const { kind, layer, rows, columns, count, canvas, box } = stage;
  const { values } = layer;
  if (kind === "answer") {
    const most = values.indexOf(Math.max(...values));
    const right = label === null || label === most;
    stage.bars.forEach((bar, digit) => bar.show(values[digit], digit === most, right));
    const size = /** @type {Element} */ (stage.figure.querySelector(".size"));
    const reads = right
      ? say("reads {digit}", { digit: most })
      : say("reads {digit}, but it is {label}", { digit: most, label: String(label) });
    setText(size, blank ? stage.size : reads);
  } else if (kind === "weights") {
    // A kernel lies in memory as values do: its places one after another, those of all units side by side.
    paintTiles(canvas, box, { rows, columns, count, shared, how: "signed", values: layer.weights.kernel });
  } else {
    const how = kind === "digit" || kind === "drawn" ? "grey" : "values";
    const { top } = paintTiles(canvas, box, { rows, columns, count, how, values, shared: shared || kind !== "maps" });
    if (how === "values") setText(stage.scale, blank ? "" : say("max {value}", { value: decimal(top, 2) }));
  }
}

/**
 * What a unit of a stage is and what it puts out.
 * @param {Stage} stage
 * @param {number} unit
 */
export function tellUnit(stage, unit) {
  if (stage.kind === "weights") {
    const n = (unit % stage.count) + 1;
    return stage.layer.kind === "Dense" ? say("weights of unit {n}", { n }) : say("kernel of map {n}", { n });
  }
  const value = stage.layer.values[unit];
  const told = stage.kind === "answer" ? percent(value) : decimal(value, 3);
  return `${stage.title}, ${unitName(stage, unit)}: ${told}`;
}

/**
 * For those who do not see the picture.
 * @param {Shown} stage
 * @param {number} unit
 */
export function describeStage(stage, unit) {
  const names = {
    "aria-label": `${stage.title}: ${stage.size}`,
    "aria-valuemin": 0,
    "aria-valuemax": Math.max(stage.count, stage.layer.values.length) - 1,
    "aria-valuenow": unit,
    "aria-valuetext": tellUnit(stage, unit),
  };
  for (const [name, value] of Object.entries(names)) stage.frame.setAttribute(name, String(value));
}

/**
 * Where the keyboard enters a stage: at its strongest unit.
 * @param {Stage} stage
 */
export function startOf({ kind, layer: { values } }) {
  if (kind === "weights") return 0;
  return values.indexOf(values.reduce((most, value) => Math.max(most, value), -Infinity));
}

/**
 * The place in a map with the greatest value.
 * @param {Stage} stage
 * @param {number} map
 */
export function strongestPlace({ kind, count, layer: { values } }, map) {
  if (kind === "weights") return map;
  let best = map;
  for (let unit = map; unit < values.length; unit += count) if (values[unit] > values[best]) best = unit;
  return best;
}
