// Which unit is needed most: each unit of a layer silenced once, and how many digits of each class are lost by it.

import { element } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { Bench } from "./reading.js";

const SHOWN = 10; // units in the table
const SHADE = 25; // percent of its colour that the greatest loss has

/**
 * @typedef {import("./edits.js").Edited} Edited
 * @typedef {{unit: number, lost: number, ofClass: number[]}} Cost digits that are no longer right, less those newly so
 * @typedef {{digits: Float32Array, labels: number[], noise: {amount: number, seed: number} | null}} Judges
 */

/**
 * What each unit costs, the one that is needed most first; of equal ones the first. Nothing where it was ended.
 * @param {import("../network/interpreter.js").Step[]} steps
 * @param {Edited} now
 * @param {number} layer
 * @param {number} units
 * @param {Judges} judges
 * @param {(done: number) => boolean} go told after each unit; whether to go on
 * @returns {Promise<Cost[] | null>}
 */
export async function costs(steps, now, layer, units, { digits, labels, noise }, go) {
  const bench = new Bench(steps, now.numbers);
  bench.workOn(layer);
  /** @param {Map<number, Set<number>>} silent */
  const score = async (silent) => {
    /** @type {any} */
    let last = null;
    bench.take({ numbers: now.numbers, silent });
    await bench.judge(digits, labels, noise, (told) => last = told);
    return last;
  };
  const whole = await score(now.silent);
  /** @type {Cost[]} */
  const found = [];
  for (let unit = 0; unit < units; unit += 1) {
    const silent = new Map(now.silent).set(layer, new Set(now.silent.get(layer)).add(unit));
    const without = await score(silent);
    const ofClass = whole.rightOf.map((/** @type {number} */ right, /** @type {number} */ k) =>
      right - without.rightOf[k]
    );
    found.push({ unit, lost: whole.right - without.right, ofClass });
    await new Promise((resolve) => setTimeout(resolve));
    if (!go(unit + 1)) return null;
  }
  return found.sort((a, b) => b.lost - a.lost || a.unit - b.unit);
}

/**
 * The units that are needed most, as a table of digits lost.
 * @param {Cost[]} found
 * @param {number} n digits that were read
 */
export function costTable(found, n) {
  const rows = found.slice(0, SHOWN);
  const most = Math.max(1, ...rows.flatMap(({ ofClass }) => ofClass));
  const heads = [say("Number"), say("All"), ..."0123456789"];
  return element(
    "table",
    { class: "costs", "data-testid": "workbench-costs" },
    element("caption", {}, say("Digits lost of {n} when only this one is silent, by their class", { n })),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element(
      "tbody",
      {},
      ...rows.map(({ unit, lost, ofClass }) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, String(unit + 1)),
          ...[lost, ...ofClass].map((count, i) => {
            const cell = element("td", {}, count < 0 ? `−${-count}` : String(count));
            if (i && count > 0) {
              cell.style.background = `color-mix(in srgb, var(--wrong) ${SHADE * count / most}%, transparent)`;
            }
            return cell;
          }),
        )
      ),
    ),
  );
}
