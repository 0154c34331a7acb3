// Messages to Python. Where the browser computes every network by itself, there is one at the end of a stroke, so that
// other pages have the digit. Where the server is asked, it is told while the stroke is drawn: at most one message is
// under way then, and what was drawn meanwhile is sent when its answer comes. So the last state always arrives, and a
// slow server gets fewer messages instead of a queue.

const MIN_INTERVAL_MS = 50; // between two messages: twenty readings a second are as many as an eye can use
const ANSWER_TIMEOUT_MS = 2000; // for an answer that got lost

export class Outbox {
  /**
   * compose(): the message; send(message); asking(): whether the server's answer is waited for.
   * @param {() => object} compose
   * @param {(message: object) => void} send
   * @param {() => boolean} asking
   */
  constructor(compose, send, asking) {
    this.compose = compose;
    this.send = send;
    this.asking = asking;
    this.sent = null;
    this.number = 0;
    this.confirmed = 0; // the last one that the server has told of
    /** @type {(() => void)[]} */
    this.waiting = [];
    this.awaited = null;
    this.sentAt = -Infinity;
    this.dirty = false;
    this.hurry = false;
  }

  /**
   * hurry: what changed stays as it is now, so there is nothing to wait for.
   * @param {boolean} hurry
   */
  changed(hurry) {
    this.dirty = true;
    this.hurry = hurry;
    if (hurry || this.asking()) this.flush();
  }

  // Whether the server has all there is.
  get settled() {
    return !this.dirty && this.confirmed >= this.number;
  }

  // Whoever drew may be about to leave: there is no later.
  hasten() {
    this.awaited = null;
    this.sentAt = -Infinity;
    this.flush();
  }

  // Until the server has it, or does not answer.
  arrived() {
    if (this.settled) return Promise.resolve();
    return new Promise((done) => {
      this.waiting.push(() => done(undefined));
      setTimeout(() => done(undefined), ANSWER_TIMEOUT_MS);
    });
  }

  // What was sent last may not have arrived.
  again() {
    this.sent = null;
    this.awaited = null;
    this.changed(true);
  }

  /** @param {number | null} number */
  answered(number) {
    if (number === this.number) this.confirmed = number; // not one of a page before
    if (this.settled) this.waiting.splice(0).forEach((done) => done());
    if (number !== this.awaited) return;
    this.awaited = null;
    this.flush();
  }

  flush() {
    clearTimeout(this.timer);
    if (!this.dirty) return;
    const pause = this.awaited !== null ? ANSWER_TIMEOUT_MS : this.hurry ? 0 : MIN_INTERVAL_MS;
    const wait = this.sentAt + pause - performance.now();
    if (wait > 0) {
      this.timer = setTimeout(() => this.flush(), wait);
      return;
    }
    this.dirty = false;
    // The end of a stroke often adds nothing to what was sent while it was drawn.
    const content = this.compose();
    const text = JSON.stringify(content);
    if (text === this.sent) return;
    this.sent = text;
    this.sentAt = performance.now();
    this.number += 1;
    this.awaited = this.asking() ? this.number : null;
    this.send({ number: this.number, ...content });
  }

  stop() {
    clearTimeout(this.timer);
  }
}
