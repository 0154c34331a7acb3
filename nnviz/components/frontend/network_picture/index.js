// The picture of a network on a page of its own: see picture.js. All of it is computed here; a change of digit costs the
// server nothing.
//
// data: {digest: of the program, which a courier brings (see pad_data), or null; why: only the server computes it;
// server: [{name, shape, values}] in that case, or null; code: the code's position in it; draws; rows: [[layer,
// parameters]] of the card; digit: base64 of 784 bytes; title, label: of the digit; lines, weights: whether they are
// shown at first; follows: the key of the pad whose drawing it shows, or ""}. Sends `asked`: the digest of a network that this browser computes wrongly.

import { buildNetwork } from "../pad/live_networks.js";
import { subscribe } from "../shared/channel.js";
import { instanceAt } from "../shared/dom.js";
import { bytesFromBase64, floatsFromBase64 } from "../shared/text.js";
import { NetworkPicture } from "./picture.js";

const BETWEEN_MS = 80; // pictures of a drawing that moves, so that the pen is not held up
const MAX_KEPT = 8; // networks, for when one of them is opened again

class Page {
  /**
   * @param {HTMLElement} root
   * @param {any} data
   */
  constructor(root, data) {
    this.picture = new NetworkPicture(root, data);
    this.turn = 0;
    /** @type {Map<string, any>} */
    this.arrived = new Map(); // by digest
  }

  // An earlier call's clean-up may come after a later call: only the last one's counts.
  start(data, send) {
    this.turn += 1;
    const other = !this.data || this.data.digest !== data.digest || data.server || this.data.server;
    this.data = data;
    this.send = send;
    this.digit = Float32Array.from(bytesFromBase64(data.digit), (byte) => byte / 255);
    if (data.server) this.adopt(serverNetwork(data.server, this.digit, data.code));
    else if (other) this.build();
    if (!this.listening) {
      this.listening = new AbortController();
      const { signal } = this.listening;
      signal.addEventListener("abort", this.picture.follow());
      subscribe("pad-data", (detail) => this.receive(detail), signal);
      if (data.follows) subscribe("pad-digit", (detail) => this.draw(detail), signal);
    }
    this.picture.show(this.digit, data.title, data.label);
    return this.turn;
  }

  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
  }

  receive(detail) {
    const digest = detail.header?.digest ?? detail.digest;
    if (detail.what === "network" && !this.arrived.has(digest)) {
      this.arrived.set(digest, detail);
      for (const old of [...this.arrived.keys()].slice(0, -MAX_KEPT)) this.arrived.delete(old);
      if (digest === this.data.digest && !this.data.server) this.build();
    } else if (detail.what === "missing" && digest === this.data.digest && !this.data.server) this.send(digest);
  }

  // What is on the pad by now.
  draw({ key, digit, moving }) {
    if (key !== this.data.follows || this.data.server) return;
    const now = performance.now();
    if (moving && now - (this.drawn ?? 0) < BETWEEN_MS) return;
    this.drawn = now;
    const pixels = digit ? Float32Array.from(digit, (byte) => byte / 255) : new Float32Array(784);
    this.picture.show(pixels, digit ? this.data.title : "nothing drawn yet", null, moving);
  }

  // The network that was sent, if it computes here what it does on the server.
  build() {
    const sent = this.arrived.get(this.data.digest);
    if (!sent) return;
    const { network, code } = buildNetwork(sent.header, sent.numbers);
    if (!network) {
      this.send(this.data.digest);
      return;
    }
    const layers = [...network.shown, network.last];
    let input = layers[0];
    while (input.inputs.length) [input] = input.inputs;
    this.adopt({ layers: [input, ...layers], run: network.run, code: code ?? null });
  }

  adopt(network) {
    this.picture.adopt(network, this.data);
    this.picture.refresh();
  }
}

// What the server computed, in the form of a network that is computed here.
function serverNetwork(sent, digit, code) {
  const image = { name: "image", kind: "InputLayer", shape: [784], values: digit, inputs: [], weights: {}, shapes: {} };
  /** @type {any[]} */
  const layers = [image];
  for (const { name, shape, values } of sent) {
    const inputs = [layers[layers.length - 1]];
    layers.push({ name, kind: "", shape, inputs, values: floatsFromBase64(values), weights: {}, shapes: {} });
  }
  return { layers, run: null, code: code === null ? null : layers[code + 1] };
}

export default function ({ parentElement, data, setStateValue }) {
  const page = instanceAt(parentElement, () => new Page(parentElement, data));
  const turn = page.start(data, (digest) => setStateValue("asked", digest));
  return () => page.stop(turn);
}
