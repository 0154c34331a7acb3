// The pad that a teacher shows to the class, as its pupil draws on it.
//
// data: {address, name}: below which the class is asked, and what the picture is called. Sends `number`, which picture is
// shown, so that Python reads that; at most once in `SELDOM_MS`.

import { again, ask, Refused } from "../shared/class_line.js";
import { context2d, instanceAt, setText } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { paintDrawing, PAPER } from "../pad/strokes.js";

const LOOK_MS = 350;
const SELDOM_MS = 700;

class LivePad {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector(".paper"));
    this.says = /** @type {HTMLElement} */ (root.querySelector(".says"));
    this.number = "";
    this.told = "";
    this.toldAt = -SELDOM_MS;
    /** @type {import("../pad/strokes.js").Stroke[]} */
    this.strokes = [];
  }

  /**
   * @param {{address: string, name: string}} data
   * @param {(number: string) => void} tell
   */
  start(data, tell) {
    this.turn = (this.turn ?? 0) + 1;
    this.address = data.address;
    this.tell = tell;
    this.canvas.setAttribute("aria-label", data.name);
    if (!this.listening && this.address) {
      this.listening = new AbortController();
      addEventListener("resize", () => this.paint(), { signal: this.listening.signal });
      again(() => this.look(), LOOK_MS, this.listening.signal);
      this.look();
    }
    this.paint();
    return this.turn;
  }

  /** @param {number} turn */
  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
  }

  async look() {
    try {
      const told = await ask(`${this.address}/shown?since=${encodeURIComponent(this.number)}`);
      if (told.strokes) this.strokes = told.strokes;
      else if (!told.number) this.strokes = [];
      if (told.number !== this.number) {
        this.number = told.number;
        this.paint();
      }
      setText(this.says, this.number ? "" : say("This pad is no longer shown."));
    } catch (error) {
      const words = error instanceof Refused && error.message;
      setText(this.says, words || say("Not connected. It goes on when the line is there again."));
    }
    const now = performance.now();
    if (this.told === this.number || now - this.toldAt < SELDOM_MS) return;
    this.toldAt = now;
    this.told = this.number;
    this.tell?.(this.number);
  }

  paint() {
    const side = Math.max(1, Math.round(this.canvas.getBoundingClientRect().width * devicePixelRatio));
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const context = context2d(this.canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, side, side);
    context.scale(side / PAPER, side / PAPER);
    paintDrawing(context, this.strokes, "white");
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const live = instanceAt(parentElement, () => new LivePad(parentElement));
  const turn = live.start(data, (number) => setStateValue("number", number));
  return () => live.stop(turn);
}
