// What the networks make of the drawing: the picture they get, their answers side by side, their hidden layers.
//
// The elements are made once for each network and only what changes in them is touched: a frame has 16 ms for
// everything. What only a screen reader asks for, the pictures' descriptions, is written when the pen rests.

import { explainUnit, formulaLines, MAX_TERMS, sourceLayer } from "../network/unit_formula.js";
import { InputHighlights, inspectCells, inspectItems, paintInputs } from "./value_tips.js";
import { LayerPicture } from "./layer_picture.js";
import { paintGreys } from "./painting.js";
import { element, onPress, setText } from "../shared/dom.js";
import { percent } from "../shared/text.js";

export class NetworkPanels {
  // lesson(slot): the lesson of that slot's network is asked for; true where it is opened so, without its address.
  constructor(root, announce, lesson) {
    this.announce = announce;
    this.lesson = lesson;
    this.answers = root.querySelector(".answers");
    this.inside = root.querySelector(".inside");
    this.banner = root.querySelector(".banner");
    this.faulty = root.querySelector(".faulty");
    this.seen = root.querySelector(".seen canvas");
    this.how = root.querySelector(".how");
    this.rows = new Map(); // in the order of the slots
    this.seenHover = inspectCells(
      this.seen,
      () => ({ rows: 28, columns: 28 }),
      (i) => this.pixels && `${pixelName(i)}: ${this.pixels[i].toFixed(2)}`,
      announce,
    );
    this.seenLights = new InputHighlights(
      this.seen.parentElement,
      () => ({ rows: 28, columns: 28 }),
      (pixel) => pixel,
    );
    this.showDigit(null);
    this.rest();
  }

  // slots: [{slot, title, draws, digest, lesson}]
  choose(slots) {
    const rows = slots.map((slot) => {
      const signature = JSON.stringify([slot.title, slot.draws, slot.digest, slot.lesson]);
      const known = this.rows.get(slot.slot);
      if (known?.signature === signature) return known;
      return new NetworkPanel(slot, signature, this.announce, this.lesson, (row) => this.open(row));
    });
    this.rows = new Map(rows.map((row) => [row.slot, row]));
    this.answers.replaceChildren(...rows.map((row) => row.reading));
    this.inside.replaceChildren(...rows.map((row) => row.stages));
    this.seenLights.show([]); // by a unit that is not there any more
  }

  // layers: [{name, shape}] of a network, whose values are shown from now on.
  furnish(slot, layers) {
    this.rows.get(slot)?.furnish(layers);
  }

  // The network as it is computed here: shown, the layers with a picture, and last, whose values are the answer.
  trace(slot, shown, last) {
    this.rows.get(slot)?.trace(shown, last, this.seenLights);
  }

  explain(slot, why) {
    this.rows.get(slot)?.explain(why);
  }

  // here: whether the slot's network can be asked, or is still on its way.
  come(slot, here) {
    this.rows.get(slot)?.come(here);
  }

  // Where there is no room for all bars, those of one network are open at a time.
  open(row) {
    for (const other of this.rows.values()) other.unfold(other === row && !other.unfolded);
  }

  fault(text) {
    this.faulty.textContent = text;
    this.faulty.hidden = !text;
    this.faulty.closest(".component").classList.toggle("blind", Boolean(text));
  }

  // pixels: 784 numbers from 0 to 1, or null.
  showDigit(pixels) {
    this.pixels = pixels;
    paintGreys(this.seen, pixels);
    this.seenHover.refresh();
  }

  // values: of each layer; answer: of the last one; pixels: the digit it was given.
  show(slot, values, answer, pixels) {
    this.rows.get(slot)?.show(values, answer, pixels);
  }

  forget(slot) {
    this.rows.get(slot)?.forget();
  }

  // Nothing is drawn: no number is left.
  forgetAll() {
    this.showDigit(null);
    for (const row of this.rows.values()) row.forget();
    this.compare();
  }

  // Whether they agree; in a banner that is read out by itself.
  compare() {
    const reading = [...this.rows.values()].filter((row) => row.winner !== null);
    const agree = new Set(reading.map((row) => row.winner)).size < 2;
    const each = joinWords(reading.map((row) => `${row.title} reads ${row.winner}`));
    const both = reading.length === 2 ? "Both" : "All three";
    if (!agree) setText(this.banner, `The networks disagree: ${each}.`);
    else if (reading.length > 1) setText(this.banner, `${both} read ${reading[0].winner}.`);
    else setText(this.banner, reading.length ? "" : "The answers move while you draw.");
    this.banner.classList.toggle("on", !agree);
  }

  // drawing: whether a stroke is under way, during which the banner is not read out.
  busy(drawing) {
    const value = String(drawing);
    if (this.banner.getAttribute("aria-busy") !== value) this.banner.setAttribute("aria-busy", value);
  }

  // steps: of the preparation, {centre, fit}; untouched: the picture was a digit already.
  tellSteps({ centre, fit }, untouched) {
    const done = ["cropped", ...(fit ? ["fitted"] : []), ...(centre ? ["centred"] : [])];
    const left = [...(fit ? [] : ["fitted"]), ...(centre ? [] : ["centred"])];
    const words = left.length ? `${joinWords(done)}, not ${left.join(" or ")}` : joinWords(done);
    setText(this.how, untouched ? ": this very picture, as it is" : `: your ink, ${words}`);
  }

  // The pen rests: descriptions for those who cannot see the pictures.
  rest() {
    const inked = this.pixels?.reduce((sum, value) => sum + (value > 0.1), 0);
    this.seen.setAttribute(
      "aria-label",
      this.pixels
        ? `The digit as the network gets it: 28 by 28 pixels, ${inked} of them with ink`
        : "Nothing drawn yet",
    );
    for (const row of this.rows.values()) row.rest();
  }

  // "MLP reads 7, 98.3%", for those who cannot see it.
  sentences() {
    return [...this.rows.values()].map((row) => row.sentence).filter(Boolean).join(". ");
  }
}

class NetworkPanel {
  constructor({ slot, title, draws, lesson }, signature, announce, openLesson, open) {
    this.slot = slot;
    this.title = title;
    this.signature = signature;
    this.announce = announce;
    this.draws = draws;
    /** @type {number | null} the digit that is read */
    this.winner = null;
    this.sentence = ""; // nothing while there is no answer
    /** @type {LayerPicture[]} */
    this.layers = [];
    // Of a unit of the last layer, where the network is computed here: its formula as lines, its inputs lit up.
    /** @type {((digit: number) => string[]) | null} */
    this.formula = null;
    /** @type {((digit: number | null) => void) | null} */
    this.lightUp = null;
    this.digit = element("span", { class: "digit" });
    this.sure = element("span", { class: "sure" }); // how sure it is of the digit, or how far off its drawing is
    this.canvas = element("canvas", { width: 28, height: 28, role: "img", "data-testid": `drawn-${slot}` });
    this.gauge = element("span", { class: "bar" }); // of the digit that is read
    /** @type {ReturnType<typeof createBar>[]} */
    this.bars = [];
    /** @type {ReturnType<typeof inspectItems> | null} */
    this.asked = null;
    this.says = element("p", { class: "unseen" });
    this.waiting = element("p", { class: "waiting", "aria-hidden": "true" });
    this.told = element("p", { class: "told", hidden: true });
    this.heading = element(
      "p",
      { class: "title", "aria-hidden": "true" },
      title,
      element("span", { class: "verb" }, this.draws ? " draws" : " reads"),
    );
    this.why = element("a", {
      class: "why",
      href: lesson || null,
      hidden: !lesson,
      "aria-label": `Why? Look into ${title} with this drawing`,
    }, "Why?");
    onPress(this.why, (event) => {
      const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
      if (!elsewhere && openLesson(slot)) event.preventDefault();
    });
    this.opener = element("button", {
      class: "opener",
      type: "button",
      "aria-expanded": "false",
      "aria-label": `${title}: all ten probabilities`,
      hidden: this.draws,
    });
    onPress(this.opener, () => open(this));
    this.unfolded = false;
    const shown = this.draws ? this.drawer() : this.reader();
    this.reading = element(
      "div",
      {
        class: `reading ${this.draws ? "drawer" : "reader"}`,
        role: "group",
        "data-testid": `prediction-${slot}`,
      },
      this.says,
      this.heading,
      ...shown,
      this.opener,
      this.why,
      this.told,
      this.waiting,
    );
    this.pictures = element("div", { class: "stages" });
    this.stages = element(
      "section",
      { class: "network", "aria-label": `${title}, layer by layer` },
      element("p", { class: "name", "aria-hidden": "true" }, title),
      this.pictures,
    );
    this.come(false);
    this.forget();
  }

  reader() {
    this.bars = Array.from({ length: 10 }, (_, digit) => createBar(digit));
    const list = element("ol", {
      class: "bars",
      tabindex: 0,
      "aria-label": `${this.title}: ten probabilities`,
    }, ...this.bars.map(({ item }) => item));
    this.asked = inspectItems(
      list,
      this.bars.map(({ item }) => item),
      (digit) => this.tell(digit),
      this.announce,
      (digit) => this.lightUp?.(digit),
    );
    const answer = element("span", { class: "still" }, this.digit, this.sure);
    return [
      element("p", { class: "answer", "aria-hidden": "true" }, answer),
      element("p", { class: "gauge track", "aria-hidden": "true" }, this.gauge),
      list,
      this.asked.tip,
    ];
  }

  drawer() {
    const error = element("span", { class: "still" }, element("span", {}, "error"), this.sure);
    return [
      element(
        "div",
        { class: "again" },
        this.canvas,
        element("p", { class: "error", "aria-hidden": "true" }, error),
      ),
    ];
  }

  furnish(layers) {
    const shape = JSON.stringify(layers);
    if (shape === this.shape) return;
    this.shape = shape;
    this.layers = layers.map((layer) => new LayerPicture(layer, this.announce));
    this.pictures.replaceChildren(...this.layers.map(({ figure }) => figure));
  }

  // Every unit can be asked where its value comes from.
  trace(shown, last, seenLights) {
    const pictures = new Map(shown.map((layer, i) => [layer, this.layers[i]]));
    const lightsOf = (layer) => pictures.get(layer)?.lights ?? (layer.kind === "InputLayer" ? seenLights : null);
    const nameIn = (layer) => (unit) => pictures.get(layer)?.unitName(unit) ?? pixelName(unit);
    const formula = (layer) => (unit) => formulaLines(layer, unit, nameIn(sourceLayer(layer)));
    const trace = (layer) => (unit) => {
      const source = sourceLayer(layer);
      const terms = unit === null ? [] : explainUnit(layer, unit)?.terms.slice(0, MAX_TERMS) ?? [];
      lightsOf(source)?.show(terms);
      const sketch = pictures.get(layer)?.hover.sketch;
      if (!sketch || source.kind !== "InputLayer") return;
      sketch.hidden = !terms.length;
      if (terms.length) paintInputs(sketch, source.values, terms);
    };
    for (const [layer, picture] of pictures) {
      Object.assign(picture, { formula: formula(layer), trace: trace(layer) });
    }
    if (!this.draws) Object.assign(this, { formula: formula(last), lightUp: trace(last) });
  }

  explain(why) {
    setText(this.told, why);
    this.told.hidden = !why;
  }

  come(here) {
    this.here = here;
    this.reading.classList.toggle("coming", !here);
    setText(this.waiting, here ? "?" : "is coming …");
    if (!this.sentence) this.reading.setAttribute("aria-label", this.expecting());
  }

  expecting() {
    return this.here ? `${this.title} waits for a digit` : `${this.title} is coming`;
  }

  unfold(unfolded) {
    this.unfolded = unfolded;
    this.reading.classList.toggle("open", unfolded);
    this.opener.setAttribute("aria-expanded", String(unfolded));
  }

  show(values, answer, pixels) {
    values.forEach((of, i) => this.layers[i]?.show(of));
    const fresh = !this.sentence;
    if (fresh) this.reading.classList.remove("empty");
    if (this.draws) this.showDrawn(answer, pixels);
    else this.showAnswer(answer);
    if (this.reading.getAttribute("aria-label") !== this.sentence) {
      this.reading.setAttribute("aria-label", this.sentence);
    }
  }

  showAnswer(probabilities) {
    let winner = 0;
    for (let digit = 1; digit < 10; digit += 1) {
      if (probabilities[digit] > probabilities[winner]) winner = digit;
    }
    if (winner !== this.winner) {
      if (this.winner !== null) this.bars[this.winner].item.classList.remove("winner");
      this.bars[winner].item.classList.add("winner");
      this.winner = winner;
      setText(this.digit, String(winner));
    }
    const sure = percent(probabilities[winner]);
    setText(this.sure, sure);
    this.gauge.style.transform = `scaleX(${probabilities[winner]})`;
    this.sentence = `${this.title} reads ${winner}, ${sure}`;
    this.bars.forEach((bar, digit) => bar.show(probabilities[digit]));
    this.probabilities = probabilities;
    this.asked?.refresh();
  }

  tell(digit) {
    if (!this.sentence) return "";
    const lines = this.formula?.(digit) ?? [];
    return [`${digit}: ${percent(this.probabilities[digit])}`, ...lines].join("\n");
  }

  showDrawn(drawn, pixels) {
    paintGreys(this.canvas, drawn);
    let squares = 0;
    for (let i = 0; i < drawn.length; i += 1) squares += (drawn[i] - pixels[i]) ** 2;
    const error = (squares / drawn.length).toFixed(4);
    setText(this.sure, error);
    this.sentence = `${this.title} draws it again, error ${error}`;
  }

  forget() {
    if (this.winner !== null) this.bars[this.winner].item.classList.remove("winner");
    this.winner = null;
    this.sentence = "";
    this.reading.classList.add("empty");
    this.reading.setAttribute("aria-label", this.expecting());
    setText(this.says, `Draw a digit, and ${this.title} ${this.draws ? "draws it again" : "reads it"}.`);
    if (this.draws) {
      paintGreys(this.canvas, null);
      setText(this.sure, "");
    } else {
      for (const part of [this.digit, this.sure]) setText(part, "");
      this.gauge.style.transform = "scaleX(0)";
      for (const bar of this.bars) bar.show(null);
      this.asked?.refresh();
    }
    for (const layer of this.layers) layer.forget();
  }

  rest() {
    if (this.sentence) setText(this.says, this.sentence);
    this.canvas.setAttribute("aria-label", this.sentence || `Nothing drawn yet for ${this.title}`);
    for (const layer of this.layers) layer.describe();
  }
}

function createBar(digit) {
  const bar = element("span", { class: "bar" });
  const number = element("span", { class: "still" });
  const item = element(
    "li",
    {},
    element("span", { class: "label" }, String(digit)),
    element("span", { class: "track" }, bar),
    element("span", { class: "number" }, number),
  );
  return {
    item,
    show(probability) {
      bar.style.transform = `scaleX(${probability ?? 0})`;
      setText(number, probability === null ? "" : percent(probability));
    },
  };
}

// "a, b and c"
function joinWords(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/**
 * Counted from 1, as every row, column, map and unit is.
 * @param {number} i
 */
function pixelName(i) {
  return `row ${Math.floor(i / 28) + 1}, column ${(i % 28) + 1}`;
}
