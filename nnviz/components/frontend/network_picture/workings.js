// How the number of a unit comes about: what comes in, the weights, what each adds, and the sum.

import { explainUnit, formulaLines } from "../network/unit_formula.js";
import { unitName, weightsOf } from "../network/stages.js";
import { element } from "../shared/dom.js";
import { activationName, decimal } from "../shared/text.js";
import { grid, line, picture, sign, words } from "./large_pictures.js";
import { patchOf } from "./step.js";
import { say, sayMany } from "../shared/words.js";

/**
 * @typedef {import("../network/stages.js").Stage} Stage
 * @typedef {ReturnType<typeof import("./step.js").convolutionStep>} Step
 */

/**
 * A dense unit: what comes in, times its weights, is what each adds.
 * @param {Stage} stage
 * @param {number} unit
 * @param {Stage} source
 */
export function denseParts({ layer }, unit, source) {
  const own = weightsOf(layer, unit);
  if (!own) return [];
  const { values } = source.layer;
  const products = Float32Array.from(own, (weight, i) => weight * values[i]);
  const grey = source.kind === "digit" ? "grey" : "values";
  return [
    picture(source.title, source, { how: grey, values }).figure,
    sign("×"),
    picture(say("Its weights"), source, { how: "signed", values: own }, true).figure,
    sign("="),
    picture(say("What each adds"), source, { how: "signed", values: products }, true).figure,
  ];
}

/**
 * @param {Stage} stage
 * @param {number} unit
 * @param {Stage[]} stages
 */
export function formula({ layer }, unit, stages) {
  const byLayer = new Map(stages.map((stage) => [stage.layer, stage]));
  const several = layer.inputs.length > 1;
  const lines = formulaLines(layer, unit, (from, source) => {
    const stage = byLayer.get(source);
    if (!stage) return "";
    return several ? `${stage.title}, ${unitName(stage, from)}` : unitName(stage, from);
  });
  if (!lines.length) return words(say("How this number is worked out is not shown for this kind of layer."));
  const told = layer.kind === "Dense" ? explainUnit(layer, unit) : null;
  const heading = told
    ? sayMany(told.count, "{n} product, the strongest first", "{n} products, the strongest first")
    : say("Worked out");
  return element(
    "div",
    { class: "sum terms" },
    element("strong", {}, heading),
    element("ul", {}, ...lines.map((each) => element("li", {}, each))),
  );
}

/**
 * Of a step of a convolution, patch × kernel for one of the maps before.
 * @param {Step} step
 * @param {number} which of its parts
 */
export function stepGrids({ parts, high, wide }, which) {
  const { map, patch, weights, products } = parts[which];
  const several = parts.length > 1;
  return [
    grid(several ? say("Patch of map {n}", { n: map + 1 }) : say("Patch"), patch, high, wide, "values"),
    sign("×"),
    grid(several ? say("Kernel for this map") : say("Kernel"), weights, high, wide, "signed"),
    sign("="),
    grid(say("Products"), products, high, wide, "signed"),
  ];
}

/**
 * The sum over all maps, the bias, and what comes of it.
 * @param {Stage} stage
 * @param {Step} step
 * @param {number} which of its parts is shown
 * @param {string} before what the layer before is called
 * @param {(part: number) => void} choose another part
 */
export function stepSum({ layer }, { parts, total, bias, before: sum, value }, which, before, choose) {
  const made = element("div", { class: "sum" });
  if (parts.length > 1) {
    const choice = element("select", {});
    const order = parts.map((part, i) => ({ part, i })).sort((a, b) => Math.abs(b.part.sum) - Math.abs(a.part.sum));
    choice.append(...order.map(({ part, i }) =>
      element(
        "option",
        { value: i, selected: i === which },
        say("map {n}: adds {value}", { n: part.map + 1, value: decimal(part.sum, 3) }),
      )
    ));
    choice.addEventListener("change", () => choose(Number(choice.value)));
    const first = sayMany(
      parts.length,
      "The {n} map of {layer}, the strongest first:",
      "The {n} maps of {layer}, the strongest first:",
      { n: parts.length, layer: before },
    );
    const all = sayMany(parts.length, "All {n} map together", "All {n} maps together", { n: parts.length });
    made.append(
      element("label", {}, `${first} `, choice),
      line(say("Products of this map, added up"), decimal(parts[which].sum, 4)),
      line(all, decimal(total, 4), "total"),
    );
  } else made.append(line(say("Products, added up"), decimal(total, 4), "total"));
  made.append(
    line(say("+ bias"), layer.weights.bias ? decimal(bias, 4) : say("none"), "bias"),
    line(say("= sum"), decimal(sum, 4), "before"),
    line(...bent(layer.activation, sum, value)),
  );
  return made;
}

/**
 * @param {Stage} stage
 * @param {number} unit
 */
export function poolingParts({ layer, count }, unit) {
  const [high, wide] = layer.pool_size;
  const patch = patchOf(layer, unit, unit % count);
  const how = layer.kind === "MaxPooling2D" ? say("the greatest of them") : say("their mean");
  return [
    grid(say("Window in map {n} before", { n: unit % count + 1 }), patch, high, wide, "values"),
    sign("→"),
    element("div", { class: "sum" }, line(how, decimal(layer.values[unit], 4))),
  ];
}

/**
 * @param {string | undefined} activation
 * @param {number} before
 * @param {number} value
 * @returns {[string, string, string]}
 */
function bent(activation, before, value) {
  if (!activation || activation === "linear") return [say("goes on as it is:"), decimal(before, 4), "after"];
  return [`→ ${activationName(activation)} →`, decimal(value, 4), "after"];
}
