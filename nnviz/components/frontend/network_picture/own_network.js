// The network of a lesson, which reads a digit that Python names. All of it is computed here; a change of digit costs the
// server nothing.
//
// data: {digest: of the program, which a courier brings (see pad_data), or null; why: only the server computes it;
// server: [{name, shape, values}] in that case, or null; code: the code's position in it; draws; rows: [[layer,
// parameters]] of the card; digit: base64 of 784 bytes; title, label: of the digit; lines, weights: whether they are
// shown at first}.

import { buildNetwork, fillNetwork, servedNetwork } from "../network/build_network.js";
import { subscribe } from "../shared/channel.js";
import { bytesFromBase64, floatsFromBase64 } from "../shared/text.js";
import { NetworkPicture } from "./picture.js";

const MAX_KEPT = 8; // networks, for when one of them is opened again

export class OwnNetwork {
  /**
   * @param {HTMLElement} root
   * @param {any} data
   */
  constructor(root, data) {
    this.picture = new NetworkPicture(root, data);
    this.turn = 0;
    this.digit = new Float32Array(784);
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
    if (data.server) this.fill();
    else if (other) this.build();
    if (!this.listening) {
      this.listening = new AbortController();
      subscribe("pad-data", (detail) => this.receive(detail), this.listening.signal);
    }
    this.picture.show(this.digit, data.title, data.label);
    this.picture.refresh();
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

  // The network that was sent, if it computes here what it does on the server.
  build() {
    const sent = this.arrived.get(this.data.digest);
    if (!sent) return;
    const { network } = buildNetwork(sent.header, sent.numbers);
    if (network) this.picture.adopt(network, this.data);
    else this.send(this.data.digest);
  }

  // What the server computed, in the form of a network that is computed here.
  fill() {
    const network = servedNetwork(this.data.server, this.data.code);
    fillNetwork(network, this.digit, this.data.server.map(({ values }) => floatsFromBase64(values)));
    this.picture.adopt(network, this.data);
  }
}
