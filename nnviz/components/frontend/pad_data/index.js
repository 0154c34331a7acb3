// Takes what Python sends to the pad, which is a component of its own: see nnviz/canvas/pad.py. Each side has a module
// of its own, so they meet at the document; a pad that is mounted later finds everything waiting.

const MOST_KEPT = 40; // networks, for when one of them is chosen again: the server sends none that is here

export default function ({ data }) {
  const waiting = (globalThis.nnvizWaiting ??= new Map());
  const detail = data instanceof Uint8Array ? { what: "network", ...opened(data) } : data;
  const name = detail.what === "network" ? `network ${detail.header.digest}` : `${detail.what} ${detail.key}`;
  waiting.delete(name);
  waiting.set(name, detail); // the newest last
  const onPad = [...waiting.values()].flatMap(({ slots }) => slots ?? []).map((slot) => `network ${slot?.digest}`);
  const networks = [...waiting.keys()].filter((key) => key.startsWith("network ") && !onPad.includes(key));
  for (const old of networks.slice(0, -MOST_KEPT)) waiting.delete(old);
  document.dispatchEvent(new CustomEvent("nnviz-courier", { detail }));
}
