// Takes a reading from Python to the pad, which is a component of its own: see nnviz/canvas/pad.py. Each side has a
// module of its own, so they meet at the document; a pad that is mounted later finds the reading waiting.
export default function ({ data }) {
  (globalThis.nnvizReadings ??= new Map()).set(data.key, data);
  document.dispatchEvent(new CustomEvent("nnviz-reading", { detail: data }));
}
