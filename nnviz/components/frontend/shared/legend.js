// Small parts of legends: a colour and what it means.

import { cssGradient } from "./colors.js";
import { element } from "./dom.js";
import { say } from "./words.js";

/**
 * A scale of colours, from its low end to its high one.
 * @param {number[][]} map
 */
export function ramp(map) {
  const span = element("span", { class: "ramp" });
  span.style.background = cssGradient(map);
  return span;
}

/** What the two hues of a difference mean: ink that was added, and ink that is missing. */
export function inkLegend() {
  const key = (meaning, words) => element("span", { class: `meaning ${meaning}` }, words);
  return element(
    "span",
    { class: "ink", "aria-hidden": "true" },
    key("added", say("added")),
    " ",
    key("missing", say("missing")),
  );
}
