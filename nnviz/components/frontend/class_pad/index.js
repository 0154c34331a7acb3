// A pupil's pad: one digit is asked for, drawn, and given to the class; then the next.
//
// data: {address, standing, owner}: below which address the class is asked, how the pupil stands at first, and who they
// are, by which a drawing that waits for a line is found again after a reload. Nothing is sent over Streamlit.
//
// What is given stays in the browser until the server has told that it has it. It is sent again under the same name, so
// that the class has it once however often it arrives.

import { again, ask, ENDED, Refused } from "../shared/class_line.js";
import { base64FromBytes } from "../shared/text.js";
import { context2d, element, instanceAt, onPress, setText, withElements } from "../shared/dom.js";
import { say, sayMany } from "../shared/words.js";
import { InkCanvas } from "../pad/preprocessing.js";
import { Showing } from "./showing.js";
import { paintCursor, trackPointer } from "../pad/pointer.js";
import { Drawing, paintDrawing, PAPER } from "../pad/strokes.js";

const PEN = 22; // units: as the large pad begins with
const MOST_POINTS = 2000; // and strokes, that the server takes of one digit
const MOST_STROKES = 60;
const LOOK_MS = 5000; // how often it is asked whether collecting has been closed
const RETRY_MS = 1500;
const STAYS_MS = 4000;

/**
 * @typedef {{asked: number, given: number, last: number | null, collecting: boolean, version: number}} Standing
 * @typedef {{once: string, label: number, digit: string, strokes: import("../pad/strokes.js").Stroke[]}} Gift
 */

class ClassPad {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.component = /** @type {HTMLElement} */ (root.querySelector(".component"));
    this.sheet = /** @type {HTMLCanvasElement} */ (root.querySelector(".sheet"));
    this.cursor = /** @type {HTMLCanvasElement} */ (root.querySelector(".cursor"));
    this.drawing = new Drawing();
    this.ink = new InkCanvas();
    this.pen = { x: PAPER / 2, y: PAPER / 2, down: false };
    /** @type {Standing} */
    this.standing = { asked: 0, given: 0, last: null, collecting: true, version: 0 };
    /** @type {Gift | null} */
    this.waiting = null; // what was given and has not arrived
    this.busy = false;
    this.said = "";
    trackPointer(this.sheet, {
      begin: (x, y, pressure) => {
        this.cursor.hidden = true;
        this.begin(x, y, pressure);
      },
      extend: (places) => {
        for (const [x, y, pressure] of places) if (!this.full) this.drawing.extend(x, y, pressure);
        this.redraw();
      },
      end: () => this.finish(),
      takeBack: () => this.drawing.drop() && this.redraw(),
    });
    this.followKeys();
    onPress(this.tool("class-clear"), () => {
      this.drawing.clear();
      this.changed();
    });
    onPress(this.tool("class-skip"), () => this.act("skip", {}));
    onPress(this.tool("class-undo"), () => this.act("undo", { number: this.standing.last }));
    onPress(this.tool("class-give"), () => this.give());
    this.showing = new Showing(root, () => this.picture(), () => this.fit());
  }

  /**
   * @param {string} name
   * @returns {HTMLButtonElement}
   */
  tool(name) {
    return /** @type {HTMLButtonElement} */ (this.root.querySelector(`[data-testid="${name}"]`));
  }

  /** @param {{address: string, standing: Standing[], owner: string}} data */
  start(data) {
    this.turn = (this.turn ?? 0) + 1;
    if (this.address !== data.address) {
      this.address = data.address;
      this.place = `nnviz.class.${data.address}.${data.owner}`;
      this.standing = data.standing[0];
      this.recall();
    }
    if (!this.listening) {
      this.listening = new AbortController();
      const { signal } = this.listening;
      const resized = new ResizeObserver(() => this.fit());
      resized.observe(this.component);
      signal.addEventListener("abort", () => resized.disconnect());
      addEventListener("resize", () => this.fit(), { signal });
      addEventListener("online", () => this.send(), { signal });
      if (this.address) again(() => this.look(), LOOK_MS, signal);
      this.showing.start(this.address, signal);
    }
    if (this.waiting) this.send();
    this.fit();
    this.show();
    return this.turn;
  }

  /** @param {number} turn */
  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
    clearTimeout(this.retry);
  }

  // Where the pad begins on the page, from which the style sheet works out how large it can be.
  fit() {
    const { component } = this;
    const page = document.querySelector('[data-testid="stMain"]');
    const above = `${Math.round(component.getBoundingClientRect().top + (page?.scrollTop ?? 0))}px`;
    if (component.style.getPropertyValue("--above") !== above) component.style.setProperty("--above", above);
    this.redraw();
  }

  // A drawing under way, and one that waits, outlive a reload and a browser that the phone has put away.
  recall() {
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(this.place ?? "") ?? "null");
    } catch {
      kept = null;
    }
    this.drawing = new Drawing();
    this.waiting = typeof kept?.waiting?.once === "string" ? kept.waiting : null;
    // What was drawn for another digit than is asked for now is of no use, unless it waits.
    if (kept?.drawing && (this.waiting || kept.asked === this.standing.asked)) this.drawing.restore(kept.drawing);
  }

  keep() {
    try {
      const content = { drawing: this.drawing.all(), waiting: this.waiting, asked: this.standing.asked };
      localStorage.setItem(this.place ?? "", JSON.stringify(content));
    } catch {
      // Full, or forbidden: then it lasts as long as the page does.
    }
  }

  get full() {
    const strokes = this.drawing.strokes();
    return strokes.length > MOST_STROKES ||
      strokes.reduce((sum, stroke) => sum + stroke.points.length / 2, 0) >= MOST_POINTS - 1;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number | null} pressure
   */
  begin(x, y, pressure) {
    if (this.drawing.strokes().length >= MOST_STROKES || this.full) {
      this.tell(say("The pad is full of ink. Clear it to go on."));
      return;
    }
    this.drawing.begin(x, y, { width: PEN, pressure });
    this.redraw();
  }

  finish() {
    if (this.drawing.end()) this.changed();
  }

  changed() {
    this.keep();
    this.redraw();
    this.show();
  }

  followKeys() {
    /** @type {Record<string, number[]>} */
    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    this.sheet.addEventListener("keydown", (event) => {
      const command = event.ctrlKey || event.metaKey;
      if (event.key in steps && !command && !event.altKey) {
        const [right, down] = steps[event.key];
        this.movePen(right, down, event.shiftKey ? 2 : 10);
      } else if (event.key === " ") this.pen.down ? this.penUp() : this.penDown();
      else if (event.key === "Enter") this.give();
      else if (command && event.key.toLowerCase() === "z") {
        this.penUp();
        this.drawing.undo();
        this.changed();
      } else if (event.key === "Delete" || event.key === "Backspace") {
        this.penUp();
        this.drawing.clear();
        this.changed();
      } else return;
      event.preventDefault();
    });
    this.sheet.addEventListener("blur", () => {
      this.penUp();
      this.cursor.hidden = true;
    });
  }

  /**
   * @param {number} right
   * @param {number} down
   * @param {number} by
   */
  movePen(right, down, by) {
    const within = (/** @type {number} */ n) => Math.min(PAPER, Math.max(0, n));
    this.pen.x = within(this.pen.x + by * right);
    this.pen.y = within(this.pen.y + by * down);
    this.cursor.hidden = false;
    if (this.pen.down && !this.full) this.drawing.extend(this.pen.x, this.pen.y);
    this.redraw();
  }

  penDown() {
    this.pen.down = true;
    this.cursor.hidden = false;
    this.begin(this.pen.x, this.pen.y, null);
  }

  penUp() {
    if (!this.pen.down) return;
    this.pen.down = false;
    this.finish();
  }

  give() {
    this.penUp();
    if (this.waiting || this.busy || !this.standing.collecting) return;
    const { digit, strokes } = this.picture();
    if (!digit) {
      this.tell(say("Draw the digit first."));
      return;
    }
    const once = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0"));
    this.waiting = {
      once: once.join(""),
      label: this.standing.asked,
      digit,
      strokes,
    };
    this.keep();
    this.send();
  }

  // What is on the pad now, as it is sent; both empty where there is no ink.
  picture() {
    const prepared = this.ink.prepare(this.drawing, {});
    if (!prepared) return { digit: "", strokes: [] };
    const bytes = Uint8Array.from(prepared.centred, (value) => Math.round(255 * value));
    return { digit: base64FromBytes(bytes), strokes: this.drawing.strokes() };
  }

  // Until it has arrived, again and again.
  async send() {
    const gift = this.waiting;
    if (!gift || this.busy) return;
    clearTimeout(this.retry);
    this.busy = true;
    this.show();
    try {
      const standing = await ask(`${this.address}/give`, gift);
      this.waiting = null;
      this.offline = false;
      this.drawing = new Drawing();
      this.take(standing);
      this.tell("");
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(0, "");
      if (refused.passing) {
        this.offline = refused.status !== 429;
        if (refused.status === 429) this.tell(refused.message, true);
        this.retry = setTimeout(() => this.send(), refused.status === 429 ? 5 * RETRY_MS : RETRY_MS);
      } else {
        this.waiting = null; // the drawing stays on the pad
        this.tell(refused.message, true);
      }
    }
    this.busy = false;
    this.changed();
  }

  /**
   * @param {string} what
   * @param {object} message
   */
  async act(what, message) {
    if (this.busy || this.waiting) return;
    this.busy = true;
    this.show();
    try {
      this.take(await ask(`${this.address}/${what}`, message));
      this.tell("");
    } catch (error) {
      this.tell((error instanceof Refused && error.message) || say("Not connected. Try again in a moment."));
    }
    this.busy = false;
    this.changed();
  }

  async look() {
    if (this.busy || this.waiting || this.ended) return;
    try {
      const standing = await ask(`${this.address}/standing`);
      if (this.busy) return;
      this.offline = false;
      this.take(standing);
    } catch (error) {
      if (this.busy) return;
      const refused = error instanceof Refused ? error : new Refused(0, "");
      this.offline = refused.passing && refused.status !== 429;
      if (!refused.passing) {
        this.ended = refused.status === ENDED;
        this.standing = { ...this.standing, collecting: false };
        this.tell(refused.message, true);
      }
    }
    this.show();
  }

  /** @param {Standing} standing */
  take(standing) {
    this.standing = standing;
  }

  /**
   * Say something over the pad, for a while or until something else is said.
   * @param {string} text
   * @param {boolean} [stays]
   */
  tell(text, stays = false) {
    this.said = text;
    clearTimeout(this.speaking);
    if (text && !stays) this.speaking = setTimeout(() => this.tell(""), STAYS_MS);
    this.show();
  }

  show() {
    const { asked, given, last, collecting } = this.standing;
    const label = this.waiting ? this.waiting.label : asked;
    const blank = !this.drawing.strokes().length;
    const words = !collecting
      ? say("Thank you. Collecting is closed.")
      : label === 8
      ? say("Draw an {digit}")
      : say("Draw a {digit}");
    const line = this.root.querySelector(".ask");
    if (line && this.asks !== `${words} ${label}`) {
      this.asks = `${words} ${label}`;
      line.replaceChildren(...withElements(words, { digit: element("strong", {}, String(label)) }));
      this.sheet.setAttribute("aria-label", words.replace("{digit}", String(label)));
    }
    const over = this.waiting && this.offline
      ? say("Not connected. Your drawing is kept, and given when the line is there again.")
      : this.said || (this.offline ? say("Not connected. You can go on drawing.") : "");
    setText(this.tool("class-over"), over);
    setText(
      this.tool("class-given"),
      given ? sayMany(given, "You have given {n} digit.", "You have given {n} digits.") : "",
    );
    const idle = !this.busy && !this.waiting;
    this.tool("class-clear").disabled = blank || !idle;
    this.tool("class-skip").disabled = !idle || !collecting;
    this.tool("class-give").disabled = blank || !idle || !collecting;
    this.tool("class-undo").hidden = last === null;
    this.tool("class-undo").disabled = !idle;
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      const side = Math.round(this.sheet.getBoundingClientRect().width * devicePixelRatio);
      for (const canvas of [this.sheet, this.cursor]) if (canvas.width !== side) canvas.width = canvas.height = side;
      const context = context2d(this.sheet);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, side, side);
      context.scale(side / PAPER, side / PAPER);
      paintDrawing(context, this.drawing.strokes(), "white");
      if (!this.cursor.hidden) paintCursor(this.cursor, this.pen, PEN);
      this.show();
    });
  }
}

export default function ({ parentElement, data }) {
  const pad = instanceAt(parentElement, () => new ClassPad(parentElement));
  const turn = pad.start(data);
  return () => pad.stop(turn);
}
