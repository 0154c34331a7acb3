// The parts of a close-up: large pictures with a heading, numbers in coloured squares, and lines of a sum.

import { cssGradient, DIVERGING, GREY, interpolate } from "../shared/colors.js";
import { element } from "../shared/dom.js";
import { decimal } from "../shared/text.js";
import { fitTiles } from "./layout.js";
import { paintTiles } from "./painting.js";

const SIDES = { phone: 88, narrow: 150, wide: 220 }; // pixels of a large picture; three are side by side on a phone
const [NARROW, WIDE] = [600, 1500]; // pixels of a screen from which on they are larger
const MOST_WRITTEN = 8; // rows of a kernel whose numbers are written into its squares

/**
 * A picture with a heading, and for values with a sign a scale.
 * @param {string} title
 * @param {{rows: number, columns: number, count: number}} tiles
 * @param {{how: "grey" | "values" | "signed", values: ArrayLike<number>}} shown
 * @param {boolean} [scaled]
 * @param {number} [phone] pixels of its side on a phone
 */
export function picture(title, { rows, columns, count }, { how, values }, scaled = false, phone = SIDES.phone) {
  const side = innerWidth < NARROW ? phone : innerWidth < WIDE ? SIDES.narrow : SIDES.wide;
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
  return element("span", { class: "scale" }, decimal(-top, 2), ramp, decimal(top, 2));
}

/**
 * The colour of a value, and black or white to write on it.
 * @param {number} value
 * @param {number} top the greatest there is
 * @param {boolean} signed
 * @param {number[][]} [amounts] the colours of values without a sign
 */
export function shade(value, top, signed, amounts = GREY) {
  const colour = signed || value < 0
    ? interpolate(DIVERGING, (value / top + 1) / 2)
    : interpolate(amounts, value / top);
  const [r, g, b] = colour;
  return { background: `rgb(${r} ${g} ${b})`, color: 0.3 * r + 0.59 * g + 0.11 * b > 140 ? "#000" : "#fff" };
}

/**
 * Numbers in coloured squares; of a large kernel only the colours.
 * @param {string} title
 * @param {Float32Array} values
 * @param {number} rows
 * @param {number} columns
 * @param {"values" | "signed"} how
 */
export function grid(title, values, rows, columns, how) {
  if (Math.max(rows, columns) > MOST_WRITTEN) {
    return picture(title, { rows, columns, count: 1 }, { how, values }, how === "signed").figure;
  }
  const greatest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const table = element("table", { class: rows > 5 ? "numbers small" : "numbers" });
  for (let row = 0; row < rows; row += 1) {
    const cells = Array.from(values.subarray(row * columns, (row + 1) * columns), (value) => {
      const cell = element("td", {}, decimal(value, 2));
      Object.assign(cell.style, shade(value, greatest || 1, how === "signed"));
      return cell;
    });
    table.append(element("tr", {}, ...cells));
  }
  const figure = element("figure", { class: "large" }, element("figcaption", {}, title), table);
  if (how === "signed" && greatest) figure.append(scale(greatest));
  return figure;
}

/** @param {string} text */
export function sign(text) {
  return element("span", { class: "sign" }, text);
}

/** @param {string} text */
export function words(text) {
  return element("p", { class: "sum" }, text);
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} [testid]
 */
export function line(name, value, testid) {
  return element("p", { "data-testid": testid ?? null }, `${name} `, element("strong", {}, value));
}
