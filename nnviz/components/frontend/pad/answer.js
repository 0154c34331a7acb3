// What one network makes of the drawing: its answer, how sure it is, and ten bars; or the digit drawn again.
//
// The elements are made once and only what changes in them is touched: a frame has 16 ms for everything.

import { stagesOf, unitName } from "../network/stages.js";
import { formulaLines, sourceLayer } from "../network/unit_formula.js";
import { element, onPress, setText, withElements } from "../shared/dom.js";
import { percent } from "../shared/text.js";
import { paintGreys } from "./painting.js";
import { inspectItems } from "./value_tips.js";
import { say } from "../shared/words.js";

export class Answer {
  constructor({ slot, title, draws, lesson }, signature, answers, open) {
    this.slot = slot;
    this.title = title;
    this.draws = draws;
    this.signature = signature;
    this.answers = answers;
    /** @type {number | null} the digit that is read */
    this.winner = null;
    this.sentence = ""; // nothing while there is no answer
    /** @type {((digit: number) => string[]) | null} where the network is computed here */
    this.formula = null;
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
    const does = this.draws ? say("{network} draws") : say("{network} reads");
    const verb = (part) => part === title ? part : element("span", { class: "verb" }, part);
    this.heading = element(
      "p",
      { class: "title", "aria-hidden": "true" },
      ...withElements(does, { network: title }).map(verb),
    );
    this.why = element("a", {
      class: "why",
      href: lesson || null,
      hidden: !lesson,
      "aria-label": say("Why? Look into {network} with this drawing", { network: title }),
    }, say("Why?"));
    onPress(this.why, (event) => {
      const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
      if (!elsewhere && answers.lesson(slot)) event.preventDefault();
    });
    this.opener = element("button", {
      class: "opener",
      type: "button",
      "aria-expanded": "false",
      "aria-label": say("{network}: all ten probabilities", { network: title }),
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
    this.come(false);
    this.forget();
  }

  reader() {
    this.bars = Array.from({ length: 10 }, (_, digit) => createBar(digit));
    const list = element("ol", {
      class: "bars",
      tabindex: 0,
      "aria-label": say("{network}: ten probabilities", { network: this.title }),
    }, ...this.bars.map(({ item }) => item));
    this.asked = inspectItems(
      list,
      this.bars.map(({ item }) => item),
      (digit) => this.tell(digit),
      this.answers.announce,
      (digit) => this.answers.asked(this.slot, digit),
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
    const error = element("span", { class: "still" }, element("span", {}, say("error")), this.sure);
    return [
      element(
        "div",
        { class: "again" },
        this.canvas,
        element("p", { class: "error", "aria-hidden": "true" }, error),
      ),
    ];
  }

  trace({ layers, code }) {
    if (this.draws) return;
    const last = layers[layers.length - 1];
    const source = stagesOf(layers, { code, draws: false, rows: [] }).find(({ layer }) => layer === sourceLayer(last));
    this.formula = (digit) => formulaLines(last, digit, (from) => (source ? unitName(source, from) : ""));
  }

  explain(why) {
    setText(this.told, why);
    this.told.hidden = !why;
  }

  come(here) {
    this.here = here;
    this.reading.classList.toggle("coming", !here);
    setText(this.waiting, here ? "?" : say("is coming …"));
    if (!this.sentence) this.reading.setAttribute("aria-label", this.expecting());
  }

  expecting() {
    const network = this.title;
    return this.here ? say("{network} waits for a digit", { network }) : say("{network} is coming", { network });
  }

  unfold(unfolded) {
    this.unfolded = unfolded;
    this.reading.classList.toggle("open", unfolded);
    this.opener.setAttribute("aria-expanded", String(unfolded));
  }

  show(answer, pixels) {
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
    this.sentence = say("{network} reads {digit}, {share}", { network: this.title, digit: winner, share: sure });
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
    this.sentence = say("{network} draws it again, error {error}", { network: this.title, error });
  }

  forget() {
    if (this.winner !== null) this.bars[this.winner].item.classList.remove("winner");
    this.winner = null;
    this.sentence = "";
    this.reading.classList.add("empty");
    this.reading.setAttribute("aria-label", this.expecting());
    const network = this.title;
    setText(
      this.says,
      this.draws
        ? say("Draw a digit, and {network} draws it again.", { network })
        : say("Draw a digit, and {network} reads it.", { network }),
    );
    if (this.draws) {
      paintGreys(this.canvas, null);
      setText(this.sure, "");
    } else {
      for (const part of [this.digit, this.sure]) setText(part, "");
      this.gauge.style.transform = "scaleX(0)";
      for (const bar of this.bars) bar.show(null);
      this.asked?.refresh();
    }
  }

  rest() {
    if (this.sentence) setText(this.says, this.sentence);
    this.canvas.setAttribute(
      "aria-label",
      this.sentence || say("Nothing drawn yet for {network}", { network: this.title }),
    );
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
