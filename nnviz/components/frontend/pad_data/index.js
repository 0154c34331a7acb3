// Takes what Python has for the pad to it, and keeps it for a pad that is mounted later: see nnviz/components/pad.py.

import { parseMessage } from "../network/network_message.js";
import { publish, replay } from "../shared/channel.js";

const MAX_KEPT = 40; // networks, for when one of them is chosen again: the server sends none that is here

const kept = new Map(); // the newest last

replay("pad-data", () => kept.values());

export default function ({ data }) {
  const detail = data instanceof Uint8Array ? { what: "network", ...parseMessage(data) } : data;
  const name = detail.what === "network" ? `network ${detail.header.digest}` : `${detail.what} ${detail.key}`;
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
