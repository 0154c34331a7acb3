// The networks on a pad, one at a time, while they read what is drawn. The pad computes them; their values are painted
// here in the same frame.

import { subscribe } from "../shared/channel.js";
import { element, moveWithArrows, onPress, setTabStop } from "../shared/dom.js";
import { NetworkPicture } from "./picture.js";
import { say } from "../shared/words.js";

const DRAWN = say("your drawing");
const NOTHING = say("nothing drawn yet");

/**
 * @typedef {import("../network/build_network.js").Network} Network
 * @typedef {{slot: string, title: string, draws: boolean, rows: [string, number][], why: string,
 *   network: Network | null}} Pictured
 */

export class PadNetworks {
  /**
   * @param {HTMLElement} root
   * @param {{pad: string, lines: boolean, weights: boolean}} data
   */
  constructor(root, data) {
    this.key = data.pad;
    this.picture = new NetworkPicture(root, { ...data, far: true });
    this.panel = /** @type {HTMLElement} */ (root.querySelector(".panel"));
    this.panel.setAttribute("role", "tabpanel");
    this.tabs = element("div", { class: "tabs", role: "tablist", "aria-label": say("Networks on the pad") });
    this.head = element("div", { class: "networks" }, element("h2", {}, say("Inside the networks")), this.tabs);
    this.panel.before(this.head);
    moveWithArrows(
      this.tabs,
      (row, column) => row === 0 ? this.tabs.children[column] : null,
      (tab) => [0, [...this.tabs.children].indexOf(tab)],
    );
    /** @type {Pictured[]} */
    this.networks = [];
    this.slot = ""; // of the network that is shown
    /** @type {{network: Network | null, signature: string} | null} what the picture was given */
    this.given = null;
    this.turn = 0;
  }

  // An earlier call's clean-up may come after a later call: only the last one's counts.
  start() {
    this.turn += 1;
    if (!this.listening) {
      this.listening = new AbortController();
      const { signal } = this.listening;
      subscribe("pad-networks", (detail) => this.receive(detail), signal);
      subscribe("pad-digit", (detail) => this.draw(detail), signal);
      subscribe("pad-asked", (detail) => this.ask(detail), signal);
    }
    return this.turn;
  }

  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
  }

  /** @param {{key: string, networks: Pictured[]}} told */
  receive({ key, networks }) {
    if (key !== this.key) return;
    this.networks = networks;
    this.head.hidden = this.panel.hidden = !networks.length;
    const names = JSON.stringify(networks.map(({ slot, title }) => [slot, title]));
    if (names !== this.names) {
      this.names = names;
      this.tabs.replaceChildren(...networks.map(({ slot, title }) => {
        const tab = element("button", { type: "button", role: "tab", "data-slot": slot }, title);
        onPress(tab, () => this.open(slot));
        tab.addEventListener("focus", () => this.open(slot));
        return tab;
      }));
      this.marked = null;
    }
    this.open(networks.some(({ slot }) => slot === this.slot) ? this.slot : networks[0]?.slot);
  }

  /** @param {string | undefined} slot */
  open(slot) {
    const found = this.networks.find((each) => each.slot === slot);
    if (!found) return;
    this.slot = found.slot;
    if (this.marked !== slot) {
      this.marked = slot;
      for (const tab of /** @type {Iterable<HTMLElement>} */ (this.tabs.children)) {
        const own = tab.dataset.slot === slot;
        tab.setAttribute("aria-selected", String(own));
        if (own) setTabStop(this.tabs, tab);
        else tab.tabIndex = -1;
      }
      this.panel.setAttribute("aria-label", say("{network}, layer by layer", { network: found.title }));
    }
    const { network, draws, rows, why } = found;
    const signature = JSON.stringify([slot, why, draws]);
    if (this.given?.network === network && this.given.signature === signature) return;
    this.given = { network, signature };
    this.picture.asked = null;
    // What the pad has computed is not computed again.
    const run = network?.run ? () => new Float32Array(0) : null;
    this.picture.adopt(network && { ...network, run }, { draws, rows, why });
  }

  // Within the pad's own frame, so that nothing is a frame late.
  draw({ key, digit, moving }) {
    if (key !== this.key) return;
    this.picture.show(digit, digit ? DRAWN : NOTHING, null, moving);
    this.picture.paint();
  }

  // The lines into the answer that is asked for beside the pad.
  ask({ key, slot, digit }) {
    if (key !== this.key || (digit !== null && slot !== this.slot) || this.picture.asked === digit) return;
    this.picture.asked = digit;
    this.picture.refresh();
  }
}
