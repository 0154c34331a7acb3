// What the networks make of the drawing: the picture they get, and their answers side by side.
// What only a screen reader asks for, the pictures' descriptions, is written when the pen rests.

import { setText } from "../shared/dom.js";
import { Answer } from "./answer.js";
import { paintGreys } from "./painting.js";
import { inspectCells } from "./value_tips.js";
import { placeOf } from "../network/stages.js";
import { say } from "../shared/words.js";

const INVITATION = say("The answers move while you draw.");
const UNTOUCHED = say(": this very picture, as it is");
const STEPS = {
  both: say(": your ink, cropped, fitted and centred"),
  fit: say(": your ink, cropped and fitted, not centred"),
  centre: say(": your ink, cropped and centred, not fitted"),
  none: say(": your ink, cropped, not fitted or centred"),
};

export class Answers {
  /**
   * @param {any} root
   * @param {(text: string) => void} announce
   * @param {(slot: string) => boolean} lesson the lesson of that slot's network is asked for; true where it is opened
   *   so, without its address
   * @param {(slot: string, digit: number | null) => void} asked somebody asks where an answer's number comes from
   */
  constructor(root, announce, lesson, asked) {
    this.announce = announce;
    this.lesson = lesson;
    this.asked = asked;
    this.answers = root.querySelector(".answers");
    this.banner = root.querySelector(".banner");
    this.faulty = root.querySelector(".faulty");
    this.seen = root.querySelector(".seen canvas");
    this.how = root.querySelector(".how");
    this.rows = new Map(); // in the order of the slots
    this.seenHover = inspectCells(
      this.seen,
      () => ({ rows: 28, columns: 28 }),
      (i) =>
        this.pixels &&
        say("row {row}, column {column}: {value}", { ...placeOf(i, 28), value: this.pixels[i].toFixed(2) }),
      announce,
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
      return new Answer(slot, signature, this, (row) => this.open(row));
    });
    this.rows = new Map(rows.map((row) => [row.slot, row]));
    this.answers.replaceChildren(...rows.map((row) => row.reading));
  }

  /**
   * The network as it is computed here: every answer can be asked where its number comes from.
   * @param {string} slot
   * @param {import("../network/build_network.js").Network} network
   */
  trace(slot, network) {
    this.rows.get(slot)?.trace(network);
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

  // answer: the last layer's values; pixels: the digit it was given.
  show(slot, answer, pixels) {
    this.rows.get(slot)?.show(answer, pixels);
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
    if (!agree) setText(this.banner, disagreement(reading));
    else if (reading.length > 1) {
      const answer = { digit: reading[0].winner };
      setText(
        this.banner,
        reading.length === 2 ? say("Both read {digit}.", answer) : say("All three read {digit}.", answer),
      );
    } else setText(this.banner, reading.length ? "" : INVITATION);
    this.banner.classList.toggle("on", !agree);
  }

  // drawing: whether a stroke is under way, during which the banner is not read out.
  busy(drawing) {
    const value = String(drawing);
    if (this.banner.getAttribute("aria-busy") !== value) this.banner.setAttribute("aria-busy", value);
  }

  // steps: of the preparation, {centre, fit}; untouched: the picture was a digit already.
  tellSteps({ centre, fit }, untouched) {
    const [one, other] = fit ? [STEPS.both, STEPS.fit] : [STEPS.centre, STEPS.none];
    setText(this.how, untouched ? UNTOUCHED : centre ? one : other);
  }

  // The pen rests: descriptions for those who cannot see the pictures.
  rest() {
    const inked = this.pixels?.reduce((sum, value) => sum + (value > 0.1), 0);
    this.seen.setAttribute(
      "aria-label",
      this.pixels
        ? say("The digit as the network gets it: 28 by 28 pixels, {n} of them with ink", { n: inked })
        : say("Nothing drawn yet"),
    );
    for (const row of this.rows.values()) row.rest();
  }

  // "MLP reads 7, 98.3%", for those who cannot see it.
  sentences() {
    return [...this.rows.values()].map((row) => row.sentence).filter(Boolean).join(". ");
  }
}

// reading: at least two
function disagreement(reading) {
  const each = reading.map((row) => say("{network} reads {digit}", { network: row.title, digit: row.winner }));
  const last = each.pop();
  return say("The networks disagree: {others} and {last}.", { others: each.join(", "), last });
}
