// A pupil's pad that is shown to the class: only after a press of theirs, plainly told as long as it is on, and ended by a
// press. What is drawn is sent only while the teacher shows it; until then the server is told that the pad is there.

import { again, ask, Refused } from "../shared/class_line.js";
import { onPress, setText } from "../shared/dom.js";
import { say } from "../shared/words.js";

const BEAT_MS = 400; // how often is looked whether anything is new on the pad
const THERE_MS = 1500; // and how often the server is told that the pad is there

/** @typedef {{digit: string, strokes: import("../pad/strokes.js").Stroke[]}} Picture */

export class Showing {
  /**
   * @param {HTMLElement} root with the button that begins it, the line that tells it and the button that ends it
   * @param {() => Picture} picture what is on the pad now
   * @param {() => void} changed after the line has come or gone
   */
  constructor(root, picture, changed) {
    const find = (
      /** @type {string} */ name,
    ) => /** @type {HTMLElement} */ (root.querySelector(`[data-testid="${name}"]`));
    this.begins = /** @type {HTMLButtonElement} */ (find("class-show"));
    this.line = find("class-showing");
    this.words = find("class-showing-says");
    this.picture = picture;
    this.changed = changed;
    this.address = "";
    this.state = "off";
    this.sent = "";
    this.sentAt = -THERE_MS;
    this.turn = 0; // of presses, so that an answer from before a press says nothing any more
    this.said = "";
    onPress(this.begins, () => this.begin());
    onPress(find("class-show-end"), () => this.end());
  }

  /**
   * @param {string} address
   * @param {AbortSignal} signal
   */
  start(address, signal) {
    this.address = address;
    try {
      if (sessionStorage.getItem(this.place) && this.state === "off") this.state = "offered"; // a reload
    } catch {
      // Forbidden: then a reload ends it.
    }
    if (address) again(() => this.beat(), BEAT_MS, signal);
    this.show();
  }

  get place() {
    return `nnviz.class.showing.${this.address}`;
  }

  begin() {
    return this.press("offer");
  }

  end() {
    this.take("off"); // at once, whatever the line does: from now on nothing is sent
    return this.press("end");
  }

  /** @param {"offer" | "end"} what */
  async press(what) {
    const turn = ++this.turn;
    this.sent = "";
    this.begins.disabled = true;
    try {
      const { offer } = await ask(`${this.address}/pad`, { do: what });
      if (turn === this.turn) this.take(offer);
    } catch (error) {
      const words = error instanceof Refused && error.message;
      if (what === "offer") this.take("off", words || say("Not connected. Try again in a moment."));
    }
    this.begins.disabled = false;
  }

  async beat() {
    if (this.state === "off") return;
    const now = performance.now();
    const picture = this.state === "shown" ? this.picture() : { digit: "", strokes: [] };
    const text = JSON.stringify(picture);
    if (text === this.sent && now - this.sentAt < THERE_MS) return;
    const turn = this.turn;
    try {
      const { offer } = await ask(`${this.address}/pad`, { do: "draw", ...picture });
      if (turn !== this.turn) return;
      this.sent = offer === "shown" && this.state !== "shown" ? "" : text;
      this.sentAt = now;
      this.take(offer, offer === "off" ? say("Your pad is no longer shown.") : "");
    } catch (error) {
      if (turn === this.turn && error instanceof Refused && !error.passing) this.take("off", error.message);
    }
  }

  /**
   * @param {string} state
   * @param {string} [said]
   */
  take(state, said = "") {
    const before = this.state;
    [this.state, this.said] = [state, said];
    try {
      if (state === "off") sessionStorage.removeItem(this.place);
      else sessionStorage.setItem(this.place, "1");
    } catch {
      // As above.
    }
    this.show();
    if ((before === "off") !== (state === "off")) this.changed();
  }

  show() {
    const off = this.state === "off";
    this.begins.hidden = !off || !this.address;
    this.line.hidden = off && !this.said;
    this.line.dataset.state = this.state;
    this.line.querySelector("button")?.toggleAttribute("hidden", off);
    setText(
      this.words,
      off
        ? this.said
        : this.state === "shown"
        ? say("Everybody sees your pad now.")
        : say("Your teacher may show your pad to the class."),
    );
  }
}
