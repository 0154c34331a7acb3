// For fingers: what lies around the unit that was pressed, large enough to be hit.

import { CIVIDIS, GREY } from "../shared/colors.js";
import { unitName } from "../network/stages.js";
import { element, moveWithArrows, setTabStop } from "../shared/dom.js";
import { decimal, percent } from "../shared/text.js";
import { shade } from "./large_pictures.js";
import { say } from "../shared/words.js";

/** @typedef {import("./stage_element.js").Shown} Shown */

const [DOWN, OVER] = [3, 5];
const FINGER = 44; // pixels

/**
 * Whether a finger may miss a unit of this stage.
 * @param {Shown} stage
 */
export function small({ rows, columns, box: { tiles } }) {
  return matchMedia("(any-pointer: coarse)").matches && Math.min(tiles.width / columns, tiles.height / rows) < FINGER;
}

/**
 * A grid of buttons, the unit itself in the middle of it as far as there are others on all sides.
 * @param {Shown} stage
 * @param {number} unit
 * @param {(unit: number) => void} choose
 */
export function neighbours(stage, unit, choose) {
  const { layer: { values } } = stage;
  const top = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const signed = values.some((value) => value < 0);
  const amounts = stage.kind === "units" || stage.kind === "maps" ? CIVIDIS : GREY;
  /** @type {HTMLButtonElement[][]} */
  const rows = unitsAround(stage, unit).map((row) =>
    row.map((other) => {
      const value = values[other];
      const told = stage.kind === "answer" ? percent(value) : decimal(value, 3);
      const button = element("button", {
        type: "button",
        "aria-pressed": String(other === unit),
        "aria-label": `${unitName(stage, other)}: ${told}`,
      }, stage.kind === "answer" ? String(other) : decimal(value, 2));
      Object.assign(button.style, shade(value, top, signed, amounts));
      button.addEventListener("click", () => choose(other)); // not earlier: another button will be in its place
      return button;
    })
  );
  const table = element(
    "div",
    { class: "around", role: "group", "aria-label": say("What lies around it"), "data-testid": "neighbours" },
    ...rows.map((row) => element("div", {}, ...row)),
  );
  const placeOf = (button) => {
    const row = rows.findIndex((each) => each.includes(button));
    return [row, rows[row].indexOf(button)];
  };
  moveWithArrows(table, (row, column) => rows[row]?.[column], placeOf);
  for (const button of rows.flat()) button.tabIndex = -1;
  const own = rows.flat().find((button) => button.ariaPressed === "true");
  if (own) setTabStop(table, own);
  return element("figure", { class: "large" }, element("figcaption", {}, say("What lies around it")), table);
}

/**
 * Units in rows, as they lie in the picture; of maps, places of the same map.
 * @param {{kind: string, rows: number, columns: number, count: number, box: {tiles: {across: number}}}} stage
 * @param {number} unit
 * @returns {number[][]}
 */
export function unitsAround({ kind, rows, columns, count, box }, unit) {
  const places = rows * columns > 1;
  const [across, all] = places ? [columns, rows * columns] : [kind === "answer" ? OVER : box.tiles.across, count];
  const item = places ? Math.floor(unit / count) : unit;
  const down = Math.ceil(all / across);
  const from = (at, size, most) => Math.max(0, Math.min(at - Math.floor(size / 2), most - size));
  const [top, left] = [from(Math.floor(item / across), DOWN, down), from(item % across, OVER, across)];
  const found = [];
  for (let row = top; row < Math.min(top + DOWN, down); row += 1) {
    const start = row * across + left;
    const end = Math.min(start + OVER, (row + 1) * across, all);
    const line = Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
    found.push(places ? line.map((place) => place * count + (unit % count)) : line);
  }
  return found;
}
