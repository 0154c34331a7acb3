// The pictures of all digits of a map as one sheet, brought once and kept for every map of them.
//
// data: {album: its name, across: pictures in a row, sheet: base64 of a PNG}.

import { bytesFromBase64 } from "../shared/text.js";
import { publish, replay } from "../shared/channel.js";

const sheets = new Map(); // name -> {album, across, picture}, or null while it is on its way

replay("sprite-sheet", () => [...sheets.values()].filter(Boolean));

export default async function ({ data: { album, across, sheet } }) {
  if (sheets.has(album)) return;
  sheets.set(album, null);
  while (sheets.size > 3) sheets.delete(sheets.keys().next().value); // a phone's memory is small
  const picture = await createImageBitmap(new Blob([bytesFromBase64(sheet)], { type: "image/png" }));
  sheets.set(album, { album, across, picture });
  publish("sprite-sheet", sheets.get(album));
}
