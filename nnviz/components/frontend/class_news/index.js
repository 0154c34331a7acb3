// Hears that there is something new in a class, and tells Python; it shows nothing.
//
// data: {address, of}: below which the class is asked, and of what: "version" of all that is in it, or "pushed" of what
// its teacher sends. Sends `version`, at most once in `SELDOM_MS`.

import { again, ask } from "../shared/class_line.js";
import { instanceAt } from "../shared/dom.js";

const LOOK_MS = 800;
const SELDOM_MS = 2000;

class ClassNews {
  /**
   * @param {{address: string, of: "version" | "pushed"}} data
   * @param {(version: number) => void} tell
   */
  start(data, tell) {
    this.turn = (this.turn ?? 0) + 1;
    this.tell = tell;
    this.address = data.address;
    this.of = data.of;
    if (!this.listening && this.address) {
      this.listening = new AbortController();
      again(() => this.look(), LOOK_MS, this.listening.signal);
    }
    return this.turn;
  }

  /** @param {number} turn */
  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
  }

  async look() {
    const now = performance.now();
    if (now - (this.toldAt ?? -SELDOM_MS) < SELDOM_MS) return;
    const told = await ask(`${this.address}/${this.of}`).catch(() => null);
    if (told === null || told.version === this.version) return;
    this.toldAt = now;
    this.version = told.version;
    this.tell?.(told.version ?? 0);
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const news = instanceAt(parentElement, () => new ClassNews());
  const turn = news.start(data, (version) => setStateValue("version", version));
  return () => news.stop(turn);
}
