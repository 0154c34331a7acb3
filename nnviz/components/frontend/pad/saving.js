// A picture taken home as a PNG, and a drawing kept in the tab.

import { context2d, element } from "../shared/dom.js";

/**
 * paint(context): white ink on black paper of side x side pixels.
 * @param {string} name
 * @param {number} side
 * @param {(context: CanvasRenderingContext2D) => void} paint
 */
export function download(name, side, paint) {
  const canvas = element("canvas", { width: side, height: side });
  const context = context2d(canvas);
  context.fillStyle = "black";
  context.fillRect(0, 0, side, side);
  paint(context);
  canvas.toBlob((blob) => {
    const address = URL.createObjectURL(/** @type {Blob} */ (blob));
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }, "image/png");
}

// A drawing outlives a reload, with all that can be taken back, and is gone with the tab.

/**
 * @param {string} key
 * @param {object} content
 */
export function saveInTab(key, content) {
  try {
    sessionStorage.setItem(`nnviz.${key}`, JSON.stringify(content));
  } catch {
    // Full, or forbidden in this browser: then only the server remembers, and only until the page is loaded anew.
  }
}

/**
 * @param {string} key
 * @returns {any}
 */
export function loadFromTab(key) {
  try {
    return JSON.parse(sessionStorage.getItem(`nnviz.${key}`) ?? "null");
  } catch {
    return null;
  }
}
