// What is drawn goes through every network on the pad, in the browser, once a frame; and which of them the server has
// to compute instead, because this browser cannot.
//
// A slot is {slot, title, draws, digest, why, lesson, rows}: digest of the network that is on its way or here, or null
// for one that only the server computes, and why; the address of its lesson; the layers of its card, each with its
// parameters. A network arrives as {header: {digest, steps, code, trial}, numbers}.

import { buildNetwork, fillNetwork, servedNetwork } from "../network/build_network.js";
import { context2d, element } from "../shared/dom.js";
import { say } from "../shared/words.js";

export class LiveNetworks {
  constructor(readings) {
    this.readings = readings;
    this.slots = [];
    this.arrived = new Map(); // digest -> {header, numbers}
    this.networks = new Map(); // digest -> {network} or {fault}, of those that a slot has had
    this.served = new Map(); // slot -> {signature, network}, of those that the server computes
    this.alone = false; // whether there is no server that could read instead
    this.blind = hidesCanvas();
  }

  // Why nothing that is drawn can be read here, or nothing.
  get fault() {
    if (!this.blind) return "";
    return this.alone
      ? say("This browser does not let the page see what is drawn, so no network can read. Try another browser.")
      : say("This browser does not let the page see what is drawn, so the server reads, a little later.");
  }

  faultOf(found) {
    if (!found?.fault) return "";
    return this.alone
      ? say("This browser computes other numbers than this network does, so it does not read.")
      : found.fault;
  }

  choose(slots) {
    this.slots = slots;
    this.readings.choose(slots.filter((slot) => slot !== null));
    this.readings.fault(this.fault);
    for (const slot of this.here()) this.furnish(slot);
  }

  arrive({ header, numbers }) {
    this.arrived.set(header.digest, { header, numbers });
    if (!this.networks.get(header.digest)?.network) this.networks.delete(header.digest);
    for (const slot of this.here()) if (slot.digest === header.digest) this.furnish(slot);
  }

  // A network that is here has learned.
  learn({ digest, numbers }) {
    this.networks.get(digest)?.network?.learn?.(numbers);
  }

  // It could not be fetched, so the server reads.
  miss(digest) {
    if (this.arrived.has(digest)) return;
    this.networks.set(digest, {
      fault: say("This network could not be fetched, so the server reads, a little later."),
    });
    for (const slot of this.here()) if (slot.digest === digest) this.furnish(slot);
  }

  // It is not kept for this browser any more.
  drop(digest) {
    this.arrived.delete(digest);
    this.networks.delete(digest);
  }

  furnish(slot) {
    const sent = this.arrived.get(slot.digest);
    if (sent && !this.networks.has(slot.digest)) {
      this.networks.set(slot.digest, buildNetwork(sent.header, sent.numbers));
    }
    const found = this.networks.get(slot.digest);
    if (found?.network) this.readings.trace(slot.slot, found.network);
    this.readings.explain(slot.slot, slot.why || this.faultOf(found));
    this.readings.come(slot.slot, !slot.digest || Boolean(found));
  }

  here() {
    return this.slots.filter((slot) => slot !== null);
  }

  /**
   * What the server found for a slot; nothing is known of how it came about.
   * @param {string} slot
   * @param {{name: string, shape: number[]}[]} rows
   * @param {number | null} code
   * @param {ArrayLike<number> | null} digit
   * @param {ArrayLike<number>[]} values nothing while there is nothing to read
   */
  serve(slot, rows, code, digit, values) {
    const signature = JSON.stringify([rows.map(({ name, shape }) => [name, shape]), code]);
    if (this.served.get(slot)?.signature !== signature) {
      this.served.set(slot, { signature, network: servedNetwork(rows, code) });
    }
    if (digit) fillNetwork(this.served.get(slot).network, digit, values);
  }

  // For the pictures of them: what is on the pad, each with its network as far as it is here.
  pictured() {
    const asked = new Set(this.asked);
    return this.here().map(({ slot, title, draws, rows, why, digest }) => {
      const found = this.networks.get(digest);
      const network = asked.has(slot) ? this.served.get(slot)?.network : found?.network;
      return { slot, title, draws, rows, why: why || this.fault || this.faultOf(found), network: network ?? null };
    });
  }

  // The slots that the server is asked about.
  get asked() {
    return this.here()
      .filter(({ digest }) => this.fault || !digest || this.networks.get(digest)?.fault)
      .map(({ slot }) => slot);
  }

  // The networks that need not be sent to this browser again.
  get have() {
    return [...this.arrived.keys()];
  }

  // pixels: 784 numbers from 0 to 1.
  turn(pixels) {
    this.readings.showDigit(pixels);
    const asked = new Set(this.asked);
    for (const { slot, digest } of this.here()) {
      const network = this.networks.get(digest)?.network;
      if (network && !asked.has(slot)) this.readings.show(slot, network.run(pixels), pixels);
    }
    this.readings.compare();
  }
}

// Some browsers hide what is on a canvas from its own page, to protect against tracking.
function hidesCanvas() {
  try {
    const sheet = context2d(element("canvas", { width: 4, height: 4 }), { willReadFrequently: true });
    sheet.fillRect(1, 1, 2, 2);
    const alphas = sheet.getImageData(0, 0, 4, 4).data.filter((_, i) => i % 4 === 3);
    const right = alphas.every((alpha, i) =>
      alpha === ([1, 2].includes(i % 4) && [4, 8].includes(i - (i % 4)) ? 255 : 0)
    );
    return !right;
  } catch {
    return true;
  }
}
