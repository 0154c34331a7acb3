// Takes a picture from Python to the pad, as courier.js takes readings: see nnviz/canvas/putting.py. Each is put there
// once, though its component is run again with every visit of the page.
export default function ({ data }) {
  const put = (globalThis.nnvizPut ??= new Set());
  if (put.has(data.number)) return;
  put.add(data.number);
  document.dispatchEvent(new CustomEvent("nnviz-put", { detail: data }));
}
