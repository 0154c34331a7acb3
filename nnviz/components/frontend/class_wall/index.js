// A class's digits on the projector, as they arrive. It asks our server a small question twice a second and gets what is
// new; Python hears of it now and then, for matrices and tables.
//
// data: {address}: below which the class is asked. Sends `chosen`, the number of a pressed digit or null, and `version`,
// at which the class is, at most once in `SELDOM_MS`.

import { again, ask, ENDED, Refused } from "../shared/class_line.js";
import { bytesFromBase64 } from "../shared/text.js";
import { context2d, element, instanceAt, moveWithArrows, setTabStop, setText } from "../shared/dom.js";
import { fadeEdges } from "../shared/edges.js";
import { say, sayMany } from "../shared/words.js";

const SIDE = 28;
const LOOK_MS = 500;
const SELDOM_MS = 2000;
const MOST = 400; // digits on the wall; the server sends no more

/** @typedef {{number: number, label: number, pixels: string, name: string}} Digit */

class ClassWall {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.wall = /** @type {HTMLElement} */ (root.querySelector(".wall"));
    this.wall.dataset.empty = say("No digits yet. They appear here as they are given.");
    this.wall.addEventListener("click", (event) => {
      this.press(/** @type {HTMLElement} */ (event.target).closest("button"));
    });
    moveWithArrows(this.wall, (row, column) => this.at(row, column), (button) => this.placeOf(button));
    this.version = 0;
    this.toldAt = -SELDOM_MS;
    /** @type {number | null} */
    this.chosen = null;
  }

  /**
   * @param {{address: string}} data
   * @param {(number: number | null) => void} choose
   * @param {(version: number) => void} moved
   */
  start(data, choose, moved) {
    this.turn = (this.turn ?? 0) + 1;
    this.choose = choose;
    this.moved = moved;
    this.address = data.address;
    if (!this.listening) {
      this.listening = new AbortController();
      addEventListener("resize", () => this.fit(), { signal: this.listening.signal });
      if (this.address) again(() => this.look(), LOOK_MS, this.listening.signal);
      this.look();
    }
    return this.turn;
  }

  /** @param {number} turn */
  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
    clearTimeout(this.telling);
  }

  async look() {
    if (!this.address || this.asking || this.ended) return;
    this.asking = true;
    try {
      const news = await ask(`${this.address}/news?since=${this.version}`);
      if (news.come) this.show(news);
      else if (this.lost) this.tellState();
      this.lost = false;
    } catch (error) {
      this.lost = true;
      this.ended = error instanceof Refused && error.status === ENDED;
      const words = error instanceof Refused ? error.message : "";
      setText(/** @type {Element} */ (this.root.querySelector(".state")), words || say("Not connected."));
    }
    this.asking = false;
  }

  show(news) {
    // What came while the wall was frozen is not among what is new since: the wall begins again.
    if (this.frozen && !news.frozen) {
      this.frozen = false;
      this.version = 0;
      this.wall.replaceChildren();
      return;
    }
    const first = this.version === 0;
    this.version = news.version;
    this.frozen = news.frozen;
    this.collecting = news.collecting;
    for (const number of news.gone) this.of(number)?.remove();
    for (const digit of news.come) this.put(digit, first);
    while (this.wall.children.length > MOST) this.wall.lastElementChild?.remove();
    const all = /** @type {HTMLElement[]} */ ([...this.wall.children]);
    if (!all.some((each) => each.tabIndex === 0) && all[0]) all[0].tabIndex = 0;
    this.wall.dataset.size = all.length <= 40 ? "few" : all.length <= 150 ? "some" : "many";
    this.fit();
    fadeEdges(this.wall);
    this.tellCounts(news);
    this.tellState();
    this.tellPython();
  }

  /** @param {number} number */
  of(number) {
    return this.wall.querySelector(`[data-number="${number}"]`);
  }

  /**
   * @param {Digit} digit
   * @param {boolean} first
   */
  put(digit, first) {
    if (this.of(digit.number)) return;
    const canvas = element("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
    const pixels = bytesFromBase64(digit.pixels);
    const picture = new ImageData(SIDE, SIDE);
    pixels.forEach((ink, i) => picture.data.set([ink, ink, ink, 255], 4 * i));
    context2d(canvas).putImageData(picture, 0, 0);
    const told = { label: digit.label, number: digit.number, name: digit.name };
    const words = digit.name
      ? say("a {label} by {name}, number {number}", told)
      : say("a {label}, number {number}", { label: digit.label, number: digit.number });
    const button = element("button", {
      type: "button",
      class: first ? "digit" : "digit new",
      tabindex: -1,
      title: digit.name || null,
      "data-testid": "wall-digit",
      "data-number": digit.number,
      "aria-label": words,
      "aria-pressed": String(digit.number === this.chosen),
    }, canvas);
    // The latest first, also of those that are back.
    const all = /** @type {HTMLElement[]} */ ([...this.wall.children]);
    const after = all.find((each) => Number(each.dataset.number) < digit.number);
    this.wall.insertBefore(button, after ?? null);
  }

  tellCounts({ counts, pupils }) {
    const total = counts.reduce((sum, n) => sum + n, 0);
    const words = [
      sayMany(total, "{n} digit", "{n} digits"),
      sayMany(pupils, "{n} pupil", "{n} pupils"),
    ];
    setText(/** @type {Element} */ (this.root.querySelector(".totals")), words.join(" · "));
    const least = Math.min(...counts);
    /** @type {Element} */ (this.root.querySelector(".counts")).replaceChildren(...counts.map((n, digit) =>
      element(
        "li",
        {
          class: total && n === least ? "least" : "",
          "aria-label": sayMany(n, "{n} digit {digit}", "{n} digits {digit}", { digit }),
        },
        String(digit),
        element("strong", {}, String(n)),
      )
    ));
  }

  tellState() {
    const words = this.frozen
      ? say("The wall is frozen: what comes now is shown when it goes on.")
      : this.collecting
      ? ""
      : say("Collecting is closed.");
    setText(/** @type {Element} */ (this.root.querySelector(".state")), words);
  }

  tellPython() {
    clearTimeout(this.telling);
    const wait = Math.max(0, this.toldAt + SELDOM_MS - performance.now());
    this.telling = setTimeout(() => {
      this.toldAt = performance.now();
      this.moved?.(this.version);
    }, wait);
  }

  /** Whole rows only: half a digit cannot be read from the last row of the room. */
  fit() {
    const style = this.wall.style;
    style.maxHeight = "";
    const first = /** @type {HTMLElement | null} */ (this.wall.firstElementChild);
    if (!first || this.wall.scrollHeight <= this.wall.clientHeight) return;
    const { rowGap, paddingTop, paddingBottom } = getComputedStyle(this.wall);
    const [gap, around] = [parseFloat(rowGap) || 0, parseFloat(paddingTop) + parseFloat(paddingBottom)];
    const row = first.offsetHeight + gap;
    const rows = Math.max(2, Math.floor((this.wall.clientHeight - around + gap) / row));
    style.maxHeight = `${rows * row - gap + around}px`;
  }

  columns() {
    const digits = /** @type {HTMLElement[]} */ ([...this.wall.children]);
    const second = digits.findIndex((digit) => digit.offsetTop > digits[0].offsetTop);
    return second < 0 ? Math.max(1, digits.length) : second;
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  at(row, column) {
    const columns = this.columns();
    return column < 0 || column >= columns ? undefined : this.wall.children[row * columns + column];
  }

  /** @param {HTMLElement} button */
  placeOf(button) {
    const index = [...this.wall.children].indexOf(button);
    return [Math.floor(index / this.columns()), index % this.columns()];
  }

  /** @param {HTMLButtonElement | null} button */
  press(button) {
    if (!button) return;
    const number = Number(button.dataset.number);
    this.chosen = number === this.chosen ? null : number;
    setTabStop(this.wall, button);
    for (const each of this.wall.children) {
      const one = /** @type {HTMLElement} */ (each);
      one.setAttribute("aria-pressed", String(Number(one.dataset.number) === this.chosen));
    }
    this.choose?.(this.chosen);
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const wall = instanceAt(parentElement, () => new ClassWall(parentElement));
  const turn = wall.start(
    data,
    (number) => setStateValue("chosen", number),
    (version) => setStateValue("version", version),
  );
  return () => wall.stop(turn);
}
