// Arrays as text, the way they travel between Python and the browser.

/** @param {string} base64 */
export function bytesFromBase64(base64) {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** @param {string} base64 */
export function floatsFromBase64(base64) {
  return new Float32Array(bytesFromBase64(base64).buffer);
}

/** @param {Uint8Array} bytes */
export function base64FromBytes(bytes) {
  return btoa(String.fromCharCode(...bytes));
}
