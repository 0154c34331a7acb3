// How the number of a unit comes about: what comes in, the weights, what each adds, and the sum.

import { explainUnit, formulaLines } from "../network/unit_formula.js";
import { unitName, weightsOf } from "../network/stages.js";
import { element } from "../shared/dom.js";
import { activationName, decimal } from "../shared/text.js";
import { grid, line, picture, sign, words } from "./large_pictures.js";
import { patchOf } from "./step.js";

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
    picture("Its weights", source, { how: "signed", values: own }, true).figure,
    sign("="),
    picture("What each adds", source, { how: "signed", values: products }, true).figure,
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
  if (!lines.length) return words("How this number is worked out is not shown for this kind of layer.");
  const told = layer.kind === "Dense" ? explainUnit(layer, unit) : null;
  const heading = told ? `${told.count.toLocaleString("en")} products, the strongest first` : "Worked out";
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
    grid(several ? `Patch of map ${map + 1}` : "Patch", patch, high, wide, "values"),
    sign("×"),
    grid(several ? "Kernel for this map" : "Kernel", weights, high, wide, "signed"),
    sign("="),
    grid("Products", products, high, wide, "signed"),
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
        `map ${part.map + 1}: adds ${decimal(part.sum, 3)}`,
      )
    ));
    choice.addEventListener("change", () => choose(Number(choice.value)));
    made.append(
      element("label", {}, `The ${parts.length} maps of ${before}, the strongest first: `, choice),
      line("Products of this map, added up", decimal(parts[which].sum, 4)),
      line(`All ${parts.length} maps together`, decimal(total, 4), "total"),
    );
  } else made.append(line("Products, added up", decimal(total, 4), "total"));
  made.append(
    line("+ bias", layer.weights.bias ? decimal(bias, 4) : "none", "bias"),
    line("= sum", decimal(sum, 4), "before"),
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
  const how = layer.kind === "MaxPooling2D" ? "the greatest of them" : "their mean";
  return [
    grid(`Window in map ${unit % count + 1} before`, patch, high, wide, "values"),
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
  if (!activation || activation === "linear") return ["goes on as it is:", decimal(before, 4), "after"];
  return [`→ ${activationName(activation)} →`, decimal(value, 4), "after"];
}
