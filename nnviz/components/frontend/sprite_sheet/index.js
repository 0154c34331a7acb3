// The pictures of all digits of a map as one sheet, brought once and kept for every map of them.
//
// data: {album: its name, across: pictures in a row, sheet: base64 of a PNG}. Whoever waits for it hears "nnviz-album".

export default async function ({ data }) {
  const albums = (globalThis.nnvizAlbums ??= new Map());
  if (albums.has(data.album)) return;
  albums.set(data.album, null); // on its way
  while (albums.size > 3) albums.delete(albums.keys().next().value); // a phone's memory is small
  const picture = await createImageBitmap(new Blob([bytesFrom(data.sheet)], { type: "image/png" }));
  albums.set(data.album, { picture, across: data.across });
  globalThis.dispatchEvent(new Event("nnviz-album"));
}
