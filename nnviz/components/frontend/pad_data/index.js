// Takes what Python has for the pad to it, and keeps it for a pad that is mounted later: see nnviz/components/pad.py.

import { parseMessage } from "../network/network_message.js";
import { publish, replay } from "../shared/channel.js";

const MAX_KEPT = 40; // networks, for when one of them is chosen again: the server sends none that is here
const TRIES = 5;

const kept = new Map(); // the newest last
const coming = new Set(); // digests of what is being fetched
const missing = new Map(); // digest -> what is told of it, of what could not be

replay("pad-data", () => [...kept.values(), ...missing.values()]);

export default function ({ data }) {
  if (data instanceof Uint8Array) keepNetwork(data);
  else keep(`${data.what} ${data.key}`, data);
  for (const { digest, address } of (data.slots ?? []).filter((slot) => slot?.address)) {
    if (!kept.has(`network ${digest}`) && !coming.has(digest)) fetchNetwork(digest, address);
  }
}

function keepNetwork(bytes) {
  const network = { what: "network", ...parseMessage(bytes) };
  missing.delete(network.header.digest);
  keep(`network ${network.header.digest}`, network);
}

function keep(name, detail) {
  kept.delete(name);
  kept.set(name, detail);
  publish("pad-data", detail);
  const onPad = [...kept.values()].flatMap(({ slots }) => slots ?? []).map((slot) => `network ${slot?.digest}`);
  const others = [...kept.keys()].filter((key) => key.startsWith("network ") && !onPad.includes(key));
  for (const old of others.slice(0, -MAX_KEPT)) {
    publish("pad-data", { what: "dropped", digest: kept.get(old).header.digest });
    kept.delete(old);
  }
}

async function fetchNetwork(digest, address) {
  coming.add(digest);
  try {
    keepNetwork(await fetched(new URL(address, location.origin)));
  } catch (error) {
    console.warn(error);
    missing.set(digest, { what: "missing", digest });
    publish("pad-data", missing.get(digest));
  } finally {
    coming.delete(digest);
  }
}

// A line that is gone for a moment is no reason to give up; a server that says no is.
async function fetched(address) {
  for (let tries = 1;; tries += 1) {
    try {
      const answer = await fetch(address);
      if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
      throw new RangeError(`${address}: ${answer.status}`);
    } catch (error) {
      if (error instanceof RangeError || tries === TRIES) throw error;
      await new Promise((done) => setTimeout(done, 500 * 2 ** tries));
    }
  }
}
