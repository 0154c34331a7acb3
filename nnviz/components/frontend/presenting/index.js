// One panel, large, for a projector: what surrounds it is out of sight (the page's own style sheet sees to that), and
// keys step through its tabs and pages, those that a presenter's remote control sends among them.
//
// data: {screen: [width, height] that the page is drawn for, or null where nobody presents}. Sends `screen` when that is
// no longer so: charts are made for it.

import { instanceAt, setText } from "../shared/dom.js";
import { say } from "../shared/words.js";

const MARK = "nnviz-presenting"; // class of the document's root, and what the browser tab remembers
const HELP = say(
  "Presenting. Page down and page up, or the arrows, step through the tabs. D takes another digit. Escape leaves.",
);
const SEEN = 8000; // milliseconds for which the keys are told on the screen
const STEPS = /** @type {Record<string, 1 | -1>} */ ({ PageDown: 1, ArrowRight: 1, PageUp: -1, ArrowLeft: -1 });
const MOVED = "[role='tab'], [role='grid'] *, [tabindex='0']"; // what has a use for arrows itself
const OTHER = "[class*='st-key-'][class*='_next'] button, .st-key-pad_test_digit button"; // another digit
const SETTLED = 300; // milliseconds without another size, after which a screen has its own
const EDITED = "input, textarea, select, [contenteditable], [role='slider'], [role='combobox']";

class Presenting {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.button = /** @type {HTMLButtonElement} */ (root.querySelector("button"));
    this.said = /** @type {HTMLElement} */ (root.querySelector("[role='status']"));
    this.telling = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
    this.button.addEventListener("click", () => this.turn(!this.on, true));
    this.screen = "null"; // as the server knows it
    this.send = /** @type {(screen: number[] | null) => void} */ (() => {});
    this.settling = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  }

  // Charts are made for the screen that they are presented on, and again when it is left.
  measure() {
    const screen = this.on ? [innerWidth, innerHeight] : null;
    if (JSON.stringify(screen) === this.screen) return;
    this.screen = JSON.stringify(screen);
    this.send(screen);
  }

  get on() {
    return document.documentElement.classList.contains(MARK);
  }

  /**
   * @param {boolean} on
   * @param {boolean} pressed a browser fills its screen only when asked to by hand
   */
  turn(on, pressed) {
    document.documentElement.classList.toggle(MARK, on);
    if (on) sessionStorage.setItem(MARK, "1");
    else sessionStorage.removeItem(MARK);
    this.button.setAttribute("aria-pressed", String(on));
    setText(this.button, on ? say("Leave") : say("Present"));
    if (pressed) this.tell(on ? HELP : say("Not presenting any more."));
    if (on && pressed) document.documentElement.requestFullscreen?.().catch(() => {}); // some devices cannot
    if (!on && document.fullscreenElement) document.exitFullscreen();
    dispatchEvent(new Event("resize")); // charts measure themselves anew
  }

  /** @param {string} words */
  tell(words) {
    setText(this.said, words);
    this.said.classList.replace("unseen", "told");
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.said.classList.replace("told", "unseen"), SEEN);
  }

  /**
   * @param {number[] | null} screen
   * @param {(screen: number[] | null) => void} send
   */
  listen(screen, send) {
    [this.screen, this.send] = [JSON.stringify(screen), send];
    this.turn(sessionStorage.getItem(MARK) === "1", false);
    const listening = new AbortController();
    const { signal } = listening;
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement && this.on) this.turn(false, true); // left by the browser's own key
    }, { signal });
    addEventListener("resize", () => {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.measure(), SETTLED);
    }, { signal });
    this.measure();
    return () => listening.abort();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const at = /** @type {Element | undefined} */ (event.composedPath()[0]);
    if (!this.on || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (at instanceof Element && at.matches(EDITED)) return;
    if (event.key.startsWith("Arrow") && at instanceof Element && at.matches(MOVED)) return;
    if (STEPS[event.key]) step(STEPS[event.key]);
    else if (event.key.toLowerCase() === "d") press(document.querySelector(OTHER));
    else if (event.key === "Escape" && !document.querySelector("dialog[open], [role='dialog']")) {
      this.turn(false, true);
    } else return;
    event.preventDefault();
  }
}

/**
 * To the tab beside the open one; after the last, to the page beside this one.
 * @param {1 | -1} way
 */
function step(way) {
  const tabs = [...document.querySelectorAll("[data-testid='stTabs'] [role='tab']")];
  const open = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
  if (tabs[open + way]) {
    press(tabs[open + way]);
    scrollTo({ top: 0 });
    return;
  }
  const pages = [...document.querySelectorAll(".st-key-pages a")];
  const here = pages.findIndex((page) => page.hasAttribute("aria-current"));
  press(pages[here + way]);
}

/** @param {Element | null | undefined} control */
function press(control) {
  if (control instanceof HTMLElement) control.click();
}

export default function ({ parentElement, data, setStateValue }) {
  return instanceAt(parentElement, () => new Presenting(parentElement)).listen(
    data.screen,
    (screen) => setStateValue("screen", screen),
  );
}
