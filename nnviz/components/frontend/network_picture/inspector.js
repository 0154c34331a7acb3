// What was pressed, large: the numbers that come in, the weights, what each adds, and the sum.

import { unitName } from "../network/stages.js";
import { sourceLayer } from "../network/unit_formula.js";
import { slides } from "../network/windows.js";
import { element } from "../shared/dom.js";
import { fadeEdges } from "../shared/edges.js";
import { decimal, percent } from "../shared/text.js";
import { largeMap } from "./large_map.js";
import { words } from "./large_pictures.js";
import { neighbours, small } from "./neighbours.js";
import { convolutionStep } from "./step.js";
import { denseParts, formula, poolingParts, stepGrids, stepSum } from "./workings.js";
import { say } from "../shared/words.js";

/**
 * @typedef {import("./stage_element.js").Shown} Shown
 * @typedef {{choose: (stage: Shown, unit: number) => void, close: () => void, step: (by: number) => void}} Acts
 */

export class Inspector {
  /**
   * @param {HTMLElement} place
   * @param {Acts} acts
   */
  constructor(place, acts) {
    this.place = place;
    this.acts = acts;
    this.part = 0; // of a convolution's step: which of the maps before is shown
    this.map = 0; // which that is
    this.heading = element("h2", { tabindex: -1 });
    this.body = element("div", { class: "parts" });
    const button = (told, sign, act) => {
      const made = element("button", { type: "button", "aria-label": told, title: told }, sign);
      made.addEventListener("click", act);
      return made;
    };
    place.append(
      element(
        "div",
        { class: "head" },
        this.heading,
        button(say("the one before"), "‹", () => acts.step(-1)),
        button(say("the next one"), "›", () => acts.step(1)),
        button(say("close"), "×", () => acts.close()),
      ),
      this.body,
    );
  }

  hide() {
    this.place.hidden = true;
    this.of = null;
  }

  // Into view: from its beginning, where it is higher than the screen.
  reveal() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const bar = document.querySelector(".st-key-pages")?.getBoundingClientRect().bottom ?? 0;
    const block = this.place.getBoundingClientRect().height > innerHeight - bar - 24 ? "start" : "nearest";
    this.place.scrollIntoView({ block, behavior: calm ? "instant" : "smooth" });
  }

  /**
   * @param {Shown} stage
   * @param {number} unit
   * @param {Shown[]} stages
   * @param {boolean} bare the numbers behind it are not here
   */
  show(stage, unit, stages, bare) {
    const { layer } = stage;
    const value = layer.values[unit];
    const told = stage.kind === "answer" ? percent(value) : decimal(value, 4);
    this.heading.replaceChildren(
      `${stage.title}, ${unitName(stage, unit)}: `,
      element("strong", { "data-testid": "value" }, told),
    );
    const parts = [];
    if (small(stage)) parts.push(neighbours(stage, unit, (other) => this.go(stage, other, "[aria-pressed=true]")));
    if (stage.kind === "maps" && layer.values.length > stage.count) {
      parts.push(largeMap(stage, unit, (other) => this.go(stage, other, "[data-testid=large-map]")));
    }
    const source = layer.inputs.length ? stages.find((each) => each.layer === sourceLayer(layer)) : null;
    if (stage.kind === "digit") parts.push(words(say("A pixel: 0 is paper, 1 is ink.")));
    else if (bare || !source) {
      parts.push(words(say("The server computed this number; what it is made from is not here.")));
    } else if (slides(layer)) parts.push(...this.convolution(stage, unit, source));
    else if (layer.pool_size) parts.push(...poolingParts(stage, unit));
    else {
      if (layer.kind === "Dense") parts.push(...denseParts(stage, unit, source));
      parts.push(formula(stage, unit, stages));
    }
    this.body.replaceChildren(...parts);
    this.place.hidden = false;
    fadeEdges(this.body);
    const cut = this.body.scrollHeight > this.body.clientHeight + 1;
    if (cut) this.body.tabIndex = 0; // so that keys can move it
    else this.body.removeAttribute("tabindex");
    this.of = { layer, unit };
  }

  /**
   * To another unit, from one of the parts; the focus stays on that part.
   * @param {Shown} stage
   * @param {number} unit
   * @param {string} part
   */
  go(stage, unit, part) {
    this.acts.choose(stage, unit);
    /** @type {HTMLElement | null} */ (this.body.querySelector(part))?.focus({ preventScroll: true });
  }

  /**
   * Patch × kernel for one of the maps before, then the sum over all of them.
   * @param {Shown} stage
   * @param {number} unit
   * @param {Shown} source
   */
  convolution(stage, unit, source) {
    const step = convolutionStep(stage.layer, unit);
    const strongest = step.parts.reduce(
      (most, { sum }, i) => (Math.abs(sum) > Math.abs(step.parts[most].sum) ? i : most),
      0,
    );
    const same = this.of?.layer === stage.layer && this.of.unit === unit && this.part < step.parts.length;
    this.part = same ? this.part : strongest;
    this.map = step.parts[this.part].map;
    const choose = (part) => {
      this.part = part;
      this.go(stage, unit, "select");
    };
    return [...stepGrids(step, this.part), stepSum(stage, step, this.part, source.title, choose)];
  }
}
