// What was pressed, large: the numbers that come in, the weights, what each adds, and the sum.

import { cssGradient, DIVERGING, interpolate } from "../shared/colors.js";
import { element } from "../shared/dom.js";
import { explainUnit, formulaLines, sourceLayer } from "../network/unit_formula.js";
import { decimal as signed, percent } from "../shared/text.js";
import { cellOf, fitTiles, unitAt } from "./layout.js";
import { paintTiles } from "./painting.js";
import { unitName, weightsOf } from "./stages.js";
import { convolutionStep, patchOf } from "./step.js";

/**
 * @typedef {import("./stages.js").Stage} Stage
 * @typedef {{choose: (stage: Stage, unit: number) => void, close: () => void, step: (by: number) => void}} Acts
 */

const SIDES = { narrow: 150, wide: 220 }; // pixels of a large picture
const WIDE = 1500; // pixels of a screen from which on they are larger
const MOST_WRITTEN = 8; // rows of a kernel whose numbers are written into its squares

export class Inspector {
  /**
   * @param {HTMLElement} place
   * @param {Acts} acts
   */
  constructor(place, acts) {
    this.place = place;
    this.acts = acts;
    this.channel = 0;
    this.heading = element("h2", { tabindex: -1 });
    this.body = element("div", { class: "parts" });
    const button = (words, sign, act) => {
      const made = element("button", { type: "button", "aria-label": words, title: words }, sign);
      made.addEventListener("click", act);
      return made;
    };
    place.append(
      element(
        "div",
        { class: "head" },
        this.heading,
        button("the one before", "‹", () => acts.step(-1)),
        button("the next one", "›", () => acts.step(1)),
        button("close", "×", () => acts.close()),
      ),
      this.body,
    );
  }

  hide() {
    this.place.hidden = true;
    this.of = null;
  }

  // Into view, with the row above it where both have room.
  reveal() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.place.scrollIntoView({ block: "nearest", behavior: calm ? "instant" : "smooth" });
  }

  /**
   * @param {Stage} stage
   * @param {number} unit
   * @param {Stage[]} stages
   * @param {boolean} bare the numbers behind it are not here
   */
  show(stage, unit, stages, bare) {
    const { layer } = stage;
    const value = layer.values[unit];
    const told = stage.kind === "answer" ? percent(value) : signed(value, 4);
    this.heading.replaceChildren(
      `${stage.title}, ${unitName(stage, unit)}: `,
      element("strong", { "data-testid": "value" }, told),
    );
    const parts = [];
    if (stage.kind === "maps") parts.push(this.map(stage, unit));
    const source = layer.inputs.length ? stages.find((each) => each.layer === sourceLayer(layer)) : null;
    if (stage.kind === "digit") parts.push(words("A pixel: 0 is paper, 1 is ink."));
    else if (bare || !source) parts.push(words("The server computed this number; what it is made from is not here."));
    else if (layer.kind === "Conv2D") parts.push(...this.convolution(stage, unit, source, stages));
    else if (layer.pool_size) parts.push(this.pooling(stage, unit));
    else {
      if (layer.kind === "Dense") parts.push(...dense(stage, unit, source));
      parts.push(formula(stage, unit, source));
    }
    this.body.replaceChildren(...parts);
    this.place.hidden = false;
    this.of = { layer, unit };
  }

  /**
   * The map, large; another place in it can be pressed.
   * @param {Stage} stage
   * @param {number} unit
   */
  map(stage, unit) {
    const { rows, columns, count, layer: { values } } = stage;
    const which = unit % count;
    const one = { kind: "maps", rows, columns, count: 1 };
    const place = Math.floor(unit / count);
    const { canvas, box, figure, frame } = picture(`Map ${which + 1}`, one, {
      how: "values",
      values: Float32Array.from({ length: rows * columns }, (_, at) => values[at * count + which]),
    });
    const cell = cellOf(one, box.tiles, place);
    const mark = element("span", { class: "mark" });
    Object.assign(mark.style, {
      left: `${cell.x - cell.width / 2}px`,
      top: `${cell.y - cell.height / 2}px`,
      width: `${cell.width}px`,
      height: `${cell.height}px`,
    });
    const tell = (at) =>
      `row ${Math.floor(at / columns) + 1}, column ${at % columns + 1}: ${signed(values[at * count + which], 3)}`;
    const says = element("span", { class: "says" }, tell(place));
    const names = {
      ...{ role: "slider", tabindex: 0, "data-testid": "large-map", "aria-label": `Map ${which + 1}: a place in it` },
      ...{ "aria-valuemin": 0, "aria-valuemax": rows * columns - 1, "aria-valuenow": place },
      "aria-valuetext": tell(place),
    };
    for (const [name, value] of Object.entries(names)) frame.setAttribute(name, String(value));
    frame.append(mark);
    figure.append(says);
    const under = (event) => {
      const at = canvas.getBoundingClientRect();
      return unitAt(one, box.tiles, event.clientX - at.left, event.clientY - at.top) ?? 0;
    };
    const open = (at) => {
      this.acts.choose(stage, at * count + which);
      /** @type {HTMLElement | null} */ (this.body.querySelector("[data-testid=large-map]"))?.focus();
    };
    frame.addEventListener("pointermove", (event) => says.textContent = tell(under(event)));
    frame.addEventListener("pointerleave", () => says.textContent = tell(place));
    frame.addEventListener("click", (event) => open(under(event)));
    frame.addEventListener("keydown", (event) => {
      /** @type {Record<string, number[]>} */
      const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      const [row, column] = [Math.floor(place / columns) + step[0], (place % columns) + step[1]];
      if (row >= 0 && row < rows && column >= 0 && column < columns) open(row * columns + column);
    });
    return figure;
  }

  /**
   * Patch × kernel for one of the maps before, then the sum over all of them.
   * @param {Stage} stage
   * @param {number} unit
   * @param {Stage} source
   * @param {Stage[]} _stages
   */
  convolution(stage, unit, source, _stages) {
    const { layer } = stage;
    const { high, wide, parts, total, bias, before, value } = convolutionStep(layer, unit);
    const strongest = parts.reduce((most, { sum }, i) => (Math.abs(sum) > Math.abs(parts[most].sum) ? i : most), 0);
    const same = this.of?.layer === layer && this.of.unit === unit && this.channel < parts.length;
    this.channel = same ? this.channel : strongest;
    const { patch, weights, products, sum } = parts[this.channel];
    const grids = [
      grid(parts.length > 1 ? `Patch of map ${this.channel + 1}` : "Patch of the digit", patch, high, wide, "values"),
      sign("×"),
      grid(parts.length > 1 ? "Kernel for this map" : "Kernel", weights, high, wide, "signed"),
      sign("="),
      grid("Products", products, high, wide, "signed"),
    ];
    const made = element("div", { class: "sum" });
    if (parts.length > 1) {
      const choice = element("select", {});
      choice.append(...parts.map((part, i) =>
        element(
          "option",
          { value: i, selected: i === this.channel },
          `map ${i + 1}: adds ${signed(part.sum, 3)}`,
        )
      ));
      choice.addEventListener("change", () => {
        this.channel = Number(choice.value);
        this.acts.choose(stage, unit);
        this.body.querySelector("select")?.focus();
      });
      made.append(
        element("label", {}, `One of the ${parts.length} maps of ${source.title}: `, choice),
        line("Products of this map, added up", signed(sum, 4)),
        line(`All ${parts.length} maps together`, signed(total, 4), "total"),
      );
    } else made.append(line("Products, added up", signed(total, 4), "total"));
    made.append(
      line("+ bias", layer.weights.bias ? signed(bias, 4) : "none", "bias"),
      line("= sum", signed(before, 4), "before"),
      line(...bent(layer.activation, before, value)),
    );
    return [...grids, made];
  }

  /**
   * @param {Stage} stage
   * @param {number} unit
   */
  pooling(stage, unit) {
    const { layer, count } = stage;
    const [high, wide] = layer.pool_size;
    const patch = patchOf(layer, unit, unit % count);
    const how = layer.kind === "MaxPooling2D" ? "the greatest of them" : "their mean";
    return element(
      "div",
      { class: "parts" },
      grid(`Window in map ${unit % count + 1} before`, patch, high, wide, "values"),
      sign("→"),
      element("div", { class: "sum" }, line(how, signed(layer.values[unit], 4))),
    );
  }
}

/**
 * A dense unit: what comes in, times its weights, is what each adds.
 * @param {Stage} stage
 * @param {number} unit
 * @param {Stage} source
 */
function dense({ layer }, unit, source) {
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
 * @param {Stage} source
 */
function formula({ layer }, unit, source) {
  const lines = formulaLines(layer, unit, (from) => unitName(source, from));
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
 * A picture with a heading, and for values with a sign a scale.
 * @param {string} title
 * @param {{rows: number, columns: number, count: number}} tiles
 * @param {{how: "grey" | "values" | "signed", values: ArrayLike<number>}} shown
 * @param {boolean} [scaled]
 */
function picture(title, { rows, columns, count }, { how, values }, scaled = false) {
  const side = innerWidth < WIDE ? SIDES.narrow : SIDES.wide;
  const tiles = fitTiles({ rows, columns, count }, side, side, side);
  const { across, down, width, height, gap } = tiles;
  const box = { width: across * (width + gap) - gap, height: down * (height + gap) - gap, tiles };
  const canvas = element("canvas", { "aria-hidden": "true" });
  const { top } = paintTiles(canvas, box, { rows, columns, count, values, how, shared: true });
  const frame = element("div", { class: "frame" }, canvas);
  const figure = element("figure", { class: "large" }, element("figcaption", {}, title), frame);
  if (scaled) figure.append(scale(top));
  return { canvas, box, figure, frame };
}

/** @param {number} top */
function scale(top) {
  const ramp = element("span", { class: "ramp" });
  ramp.style.background = cssGradient(DIVERGING);
  return element("span", { class: "scale" }, signed(-top, 2), ramp, signed(top, 2));
}

/**
 * Numbers in coloured squares; of a large kernel only the colours.
 * @param {string} title
 * @param {Float32Array} values
 * @param {number} rows
 * @param {number} columns
 * @param {"values" | "signed"} how
 */
function grid(title, values, rows, columns, how) {
  if (Math.max(rows, columns) > MOST_WRITTEN) {
    return picture(title, { rows, columns, count: 1 }, { how, values }, how === "signed").figure;
  }
  const greatest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const top = greatest || 1;
  const colour = (value) => {
    if (how === "signed" || value < 0) return interpolate(DIVERGING, (value / top + 1) / 2);
    return interpolate([[0, 0, 0], [255, 255, 255]], value / top);
  };
  const table = element("table", { class: rows > 5 ? "numbers small" : "numbers" });
  for (let row = 0; row < rows; row += 1) {
    const cells = Array.from(values.subarray(row * columns, (row + 1) * columns), (value) => {
      const cell = element("td", {}, signed(value, 2));
      const [r, g, b] = colour(value);
      cell.style.background = `rgb(${r} ${g} ${b})`;
      cell.style.color = 0.3 * r + 0.59 * g + 0.11 * b > 140 ? "#000" : "#fff";
      return cell;
    });
    table.append(element("tr", {}, ...cells));
  }
  const figure = element("figure", { class: "large" }, element("figcaption", {}, title), table);
  if (how === "signed" && greatest) figure.append(scale(greatest));
  return figure;
}

/** @param {string} text */
function sign(text) {
  return element("span", { class: "sign" }, text);
}

/** @param {string} text */
function words(text) {
  return element("p", { class: "sum" }, text);
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} [testid]
 */
function line(name, value, testid) {
  return element("p", { "data-testid": testid ?? null }, `${name} `, element("strong", {}, value));
}

/**
 * @param {string | undefined} activation
 * @param {number} before
 * @param {number} value
 * @returns {[string, string, string]}
 */
function bent(activation, before, value) {
  if (!activation || activation === "linear") return ["goes on as it is:", signed(before, 4), "after"];
  const name = activation === "relu" ? "ReLU" : activation;
  return [`→ ${name} →`, signed(value, 4), "after"];
}
