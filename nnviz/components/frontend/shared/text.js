// Numbers as text: for people, and as they travel between Python and the browser.

/**
 * 0.98349 -> "98.3%", as Python's format writes it
 * @param {number} share
 */
export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)}%`;
}

/**
 * -0.5 -> "−0.50", with a real minus; what is rounded to zero has none
 * @param {number} value
 * @param {number} digits behind the point
 */
export function decimal(value, digits) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/**
 * 0.00000003 -> "3 × 10⁻⁸"
 * @param {number} value
 * @param {number} digits behind the point of its factor
 */
export function withPower(value, digits) {
  const [factor, exponent] = value.toExponential(digits).split("e");
  const raised = [...String(Number(exponent))].map((sign) => sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)]);
  return `${factor.replace("-", "−")} × 10${raised.join("")}`;
}

/**
 * "relu" -> "ReLU", as people write it
 * @param {string} activation as Keras calls it
 */
export function activationName(activation) {
  return activation === "relu" ? "ReLU" : activation;
}

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
