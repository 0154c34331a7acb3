// While a teacher asks for attention, what lies under the words cannot be reached by keys either.
//
// data: {place}: the key of the container with the words.

import { instanceAt } from "../shared/dom.js";

/** What the browser itself does with a key stays: another tab, a reload, larger type.
 * @param {KeyboardEvent} event
 */
const isBrowsers = (event) => event.ctrlKey || event.metaKey || event.altKey || /^F\d+$/.test(event.key);

class Attention {
  /** @param {string} place */
  start(place) {
    this.turn = (this.turn ?? 0) + 1;
    if (this.listening) return this.turn;
    this.listening = new AbortController();
    const options = { capture: true, signal: this.listening.signal };
    this.before = /** @type {HTMLElement | null} */ (document.activeElement);
    const words = () => /** @type {HTMLElement | null} */ (document.querySelector(`.st-key-${CSS.escape(place)}`));
    const hold = () => {
      const asked = words();
      if (!asked) return;
      asked.setAttribute("role", "alertdialog");
      asked.setAttribute("aria-modal", "true");
      asked.tabIndex = -1;
      if (!asked.contains(document.activeElement)) asked.focus({ preventScroll: true });
    };
    for (const kind of ["keydown", "keyup", "keypress", "beforeinput"]) {
      addEventListener(kind, (event) => {
        if (event instanceof KeyboardEvent && isBrowsers(event)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
      }, options);
    }
    addEventListener("focusin", hold, options);
    hold();
    return this.turn;
  }

  /** @param {number} turn */
  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
    if (this.before?.isConnected) this.before.focus({ preventScroll: true });
  }
}

export default function ({ parentElement, data }) {
  const attention = instanceAt(parentElement, () => new Attention());
  const turn = attention.start(data.place);
  return () => attention.stop(turn);
}
