// What an edit is called in the list of changes.

import { decimal } from "../shared/text.js";
import { say, sayMany } from "../shared/words.js";

/**
 * @param {import("./edits.js").Edit} edit
 * @param {(layer: number) => string} title of a layer
 */
export function editInWords(edit, title) {
  if (edit.what === "silence") {
    const about = { layer: title(edit.layer), n: edit.unit + 1 };
    return edit.on ? say("{layer}: number {n} silenced", about) : say("{layer}: number {n} heard again", about);
  }
  if (edit.what === "prune") {
    return say("The smallest {share}% of all weights are 0", { share: Math.round(100 * edit.share) });
  }
  if (edit.what === "round") return sayMany(edit.bits, "Rounded to {n} bit", "Rounded to {n} bits");
  if (edit.what === "noise") return say("Noise of {amount} on the weights, seed {seed}", told(edit));
  if (edit.what === "digits") return say("Noise of {amount} on the digits, seed {seed}", told(edit));
  if (edit.what === "paint") {
    const layer = title(edit.layer);
    return sayMany(edit.places.length, "{layer}: {n} weight painted", "{layer}: {n} weights painted", { layer });
  }
  return say("{layer}: bias of number {n} is {value}", {
    layer: title(edit.layer),
    n: edit.unit + 1,
    value: decimal(edit.value, 3),
  });
}

/** @param {{amount: number, seed: number}} edit */
function told({ amount, seed }) {
  return { amount: decimal(amount, 2), seed: String(seed) };
}
