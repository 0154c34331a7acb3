// The map of a unit, large; another place in it can be pressed, and reached by arrow keys.

import { placeOf } from "../network/stages.js";
import { element } from "../shared/dom.js";
import { decimal } from "../shared/text.js";
import { picture } from "./large_pictures.js";
import { cellOf, unitAt } from "./layout.js";
import { say } from "../shared/words.js";

/** @typedef {import("../network/stages.js").Stage} Stage */

/** @type {Record<string, number[]>} */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {Stage} stage
 * @param {number} unit
 * @param {(unit: number) => void} open another place
 */
export function largeMap({ rows, columns, count, layer: { values } }, unit, open) {
  const which = unit % count;
  const place = Math.floor(unit / count);
  const one = { kind: "maps", rows, columns, count: 1 };
  const own = Float32Array.from({ length: rows * columns }, (_, at) => values[at * count + which]);
  const shown = { how: /** @type {const} */ ("values"), values: own };
  const { canvas, box, figure, frame } = picture(say("Map {n}", { n: which + 1 }), one, shown, false, 150);
  const cell = cellOf(one, box.tiles, place);
  const mark = element("span", { class: "mark" });
  Object.assign(mark.style, {
    left: `${cell.x - cell.width / 2}px`,
    top: `${cell.y - cell.height / 2}px`,
    width: `${cell.width}px`,
    height: `${cell.height}px`,
  });
  const tell = (at) =>
    say("row {row}, column {column}: {value}", {
      ...placeOf(at, columns),
      value: decimal(values[at * count + which], 3),
    });
  const says = element("span", { class: "says" }, tell(place));
  const names = {
    ...{ role: "slider", tabindex: 0, "data-testid": "large-map" },
    "aria-label": say("Map {n}: a place in it", { n: which + 1 }),
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
  frame.addEventListener("pointermove", (event) => says.textContent = tell(under(event)));
  frame.addEventListener("pointerleave", () => says.textContent = tell(place));
  frame.addEventListener("click", (event) => open(under(event) * count + which));
  frame.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const [row, column] = [Math.floor(place / columns) + step[0], (place % columns) + step[1]];
    if (row >= 0 && row < rows && column >= 0 && column < columns) open((row * columns + column) * count + which);
  });
  return figure;
}
