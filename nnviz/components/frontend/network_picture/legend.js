// What lines and colours mean.

import { CIVIDIS, DIVERGING } from "../shared/colors.js";
import { element } from "../shared/dom.js";
import { ramp } from "../shared/legend.js";
import { counted } from "../shared/text.js";

/**
 * @param {{lines: number, words: string, maps: boolean, shared: boolean}} shown lines: how many; words: which
 * @returns {HTMLElement[]}
 */
export function legendItems({ lines, words, maps, shared }) {
  const items = [
    element("span", {}, "0 ", ramp(CIVIDIS), maps && !shared ? " most in its own map" : " most in its layer"),
    element("span", {}, "weights: below zero ", ramp(DIVERGING), " above zero"),
  ];
  if (!lines) return items;
  return [
    element("span", {}, element("i", { class: "line above" }), "raises it"),
    element("span", {}, element("i", { class: "line below" }), "lowers it"),
    element(
      "span",
      {},
      `Thicker: value × weight is larger${maps ? " (of a map: all in its window together)" : ""}. ` +
        `Shown: ${counted(lines, "strongest connection")} ${words}.`,
    ),
    ...items,
  ];
}
