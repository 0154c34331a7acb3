// What the couriers bring: see nnviz/canvas/pad.py.

// A message of nnviz/programs.py: {header, numbers}.
function opened(message) {
  const bytes = message.slice(); // from the start of a buffer of its own, where numbers may be looked at in place
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, numbers: new Float32Array(bytes.buffer, 4 + length) };
}
