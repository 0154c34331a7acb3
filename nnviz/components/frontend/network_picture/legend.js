// What lines and colours mean.

import { CIVIDIS, DIVERGING } from "../shared/colors.js";
import { element, withElements } from "../shared/dom.js";
import { ramp } from "../shared/legend.js";
import { say } from "../shared/words.js";

/**
 * @param {{lines: number, words: string, maps: boolean, shared: boolean}} shown lines: how many; words: which they are
 * @returns {HTMLElement[]}
 */
export function legendItems({ lines, words, maps, shared }) {
  const most = maps && !shared ? say("0 {colours} most in its own map") : say("0 {colours} most in its layer");
  const weights = say("weights: below zero {colours} above zero");
  const items = [
    element("span", {}, ...withElements(most, { colours: ramp(CIVIDIS) })),
    element("span", {}, ...withElements(weights, { colours: ramp(DIVERGING) })),
  ];
  if (!lines) return items;
  const thicker = maps
    ? say("Thicker: value × weight is larger (of a map: all in its window together).")
    : say("Thicker: value × weight is larger.");
  return [
    element("span", {}, element("i", { class: "line above" }), say("raises it")),
    element("span", {}, element("i", { class: "line below" }), say("lowers it")),
    element("span", {}, `${thicker} ${words}`),
    ...items,
  ];
}
