// A network that is being trained, for the pad: asked for once a second while somebody looks, whole at first, then only
// its numbers.
//
// data: {address: where it is asked for, digest: its name on the pad, title, steered: whether it can be told what to do,
// whose: it is, where it cannot, batch: what the button for a batch more is called}. Sends `asked`: "pause", "batch",
// "epoch", "go on", "curves" or "off", and `ended`: its state. The server's answer is
// nnviz/server/live_trainings.py.

import { floatsFromHalves, parseMessage, splitMessage } from "../network/network_message.js";
import { publish, replay } from "../shared/channel.js";
import { fadeEdges } from "../shared/edges.js";
import { element, instanceAt, onPress, setText } from "../shared/dom.js";
import { say, sayMany } from "../shared/words.js";

const EVERY_MS = 1000;
const ALWAYS = ["curves", "off"]; // may be asked for by everybody
const SOON_MS = 300; // after something was pressed
const MINUTE = 60;

/**
 * @typedef {object} Told how the training is
 * @property {string} state "queued", "running", "done", "failed" or "missing"
 * @property {number} place in the queue
 * @property {number} epochs the most it will take
 * @property {number | null} rests seconds after which it goes on, where it is paused
 * @property {string} message
 * @property {number} [number] of the state of its network
 * @property {number} [epoch] whole ones that the network has learned
 * @property {[number, number]} [batch] digits of the running one
 * @property {string} [why] no browser computes it
 * @property {"whole" | "row"} [brings]
 */

class LiveTraining {
  constructor(root) {
    this.root = root;
    this.title = root.querySelector(".title");
    this.state = root.querySelector(".state");
    this.more = root.querySelector(".more");
    /** @type {Record<string, HTMLButtonElement>} by what they ask for */
    this.buttons = {};
    const named = {
      "pause": say("Pause"),
      "go on": say("Go on"),
      "batch": "",
      "epoch": say("One epoch"),
      "curves": say("Its curves"),
      "off": say("Take it off"),
    };
    for (const [what, words] of Object.entries(named)) {
      this.buttons[what] = element("button", { type: "button", "data-asks": what }, words);
      onPress(this.buttons[what], () => this.press(what));
    }
    /** @type {(what: string) => void} */
    this.ask = () => {};
    /** @type {(state: string) => void} */
    this.end = () => {};
    this.row = root.querySelector(".buttons");
    this.row.append(...Object.values(this.buttons));
    this.have = 0;
    this.turn = 0;
  }

  show(data, ask, end) {
    Object.assign(this, { ask, end });
    this.turn += 1;
    if (this.data?.address !== data.address) {
      this.have = 0;
      this.ended = false;
    }
    this.data = data;
    setText(this.title, data.title);
    setText(this.buttons.batch, data.batch);
    for (const [what, button] of Object.entries(this.buttons)) {
      if (!ALWAYS.includes(what)) button.hidden = !data.steered;
    }
    if (!this.looking) {
      this.looking = new AbortController();
      const { signal } = this.looking;
      // A pad that comes later gets it whole again: what was whole once has learned since.
      replay("pad-data", () => {
        this.have = 0;
        this.later(0);
        return [];
      }, signal);
      document.addEventListener("visibilitychange", () => this.look(), { signal });
      this.look();
    }
    return this.turn;
  }

  stop(turn) {
    if (turn !== this.turn) return;
    this.looking?.abort();
    this.looking = null;
    clearTimeout(this.next);
  }

  press(what) {
    this.ask(what);
    this.later(SOON_MS);
  }

  later(ms) {
    clearTimeout(this.next);
    this.next = setTimeout(() => this.look(), ms);
  }

  // Asks, unless nobody sees it or an answer is on its way.
  async look() {
    const signal = this.looking?.signal;
    if (!signal || document.hidden || this.ended) return;
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    const { address, digest } = this.data;
    try {
      const answer = await fetch(new URL(`${address}?have=${this.have}`, location.origin), {
        signal,
        cache: "no-store",
      });
      if (!answer.ok) throw new RangeError(`${address}: ${answer.status}`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (address === this.data.address) this.hear(splitMessage(bytes), digest);
    } catch (error) {
      if (!signal.aborted) {
        console.warn(error);
        setText(this.state, say("The server does not answer."));
        setText(this.more, say("It is asked again every second."));
      }
    }
    this.asking = false;
    const soon = this.again;
    this.again = false;
    this.later(soon ? SOON_MS : EVERY_MS);
  }

  /**
   * @param {{header: Told, body: Uint8Array}} message
   * @param {string} digest
   */
  hear({ header: told, body }, digest) {
    if (told.brings === "whole") {
      const { header, numbers } = parseMessage(body);
      publish("pad-data", { what: "network", header: { ...header, digest }, numbers: numbers.slice() });
      publish("pad-data", { what: "learned", digest, numbers }); // by a pad that has had it before
    } else if (told.brings === "row") {
      publish("pad-data", { what: "learned", digest, numbers: floatsFromHalves(body) });
    }
    if (told.number) this.have = told.number;
    this.tell(told);
    if (!["queued", "running"].includes(told.state) && !this.ended) {
      this.ended = true;
      this.end(told.state);
    }
  }

  /** @param {Told} told */
  tell(told) {
    setText(this.state, stateOf(told));
    setText(
      this.more,
      ["", this.data.steered ? "" : this.data.whose, moreOf(told)].filter((words, i) => words || !i).join(" · "),
    );
    const [runs, rests] = [told.state === "running", told.rests !== null];
    const can = { pause: runs && !rests, "go on": runs && rests, batch: runs, epoch: runs, curves: true, off: true };
    for (const [what, button] of Object.entries(this.buttons)) button.disabled = !can[what];
    if (this.data.steered) {
      this.buttons.pause.hidden = rests;
      this.buttons["go on"].hidden = !rests;
    }
    fadeEdges(this.row);
  }
}

/** @param {Told} told */
function stateOf(told) {
  if (told.state === "queued") return say("waits for its turn, place {place}", { place: told.place });
  if (told.state !== "running") return say("has ended");
  if (told.why) return say("learns. This network {why}.", { why: told.why });
  if (told.epoch === undefined) return say("is coming …");
  return told.epoch === 0
    ? say("in its first epoch of {epochs}", { epochs: told.epochs })
    : say("after epoch {epoch} of {epochs}", { epoch: told.epoch, epochs: told.epochs });
}

/** @param {Told} told */
function moreOf({ state, rests, place, batch, epoch }) {
  if (state !== "running") return "";
  const [done, n] = (batch ?? [0, 0]).map((each) => each.toLocaleString("en"));
  const digits = !batch?.[0]
    ? ""
    : epoch
    ? say("{done} of {n} digits of the next", { done, n })
    : say("{done} of {n} digits", { done, n });
  const waits = rests !== null
    ? sayMany(
      Math.max(1, Math.ceil(rests / MINUTE)),
      "paused, for {n} minute at most",
      "paused, for {n} minutes at most",
    )
    : place
    ? say("it has made way for others for a while")
    : "";
  return [digits, waits].filter(Boolean).join(" · ");
}

export default function ({ parentElement, data, setTriggerValue }) {
  const live = instanceAt(parentElement, () => new LiveTraining(parentElement));
  const turn = live.show(
    data,
    (what) => setTriggerValue("asked", what),
    (state) => setTriggerValue("ended", state),
  );
  return () => live.stop(turn);
}
