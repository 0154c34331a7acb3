// A picture taken home as a PNG, and a drawing kept in the tab.

import { element } from "../shared/dom.js";

// paint(context): white ink on black paper of side x side pixels.
export function download(name, side, paint) {
  const canvas = element("canvas", { width: side, height: side });
  const context = canvas.getContext("2d");
  context.fillStyle = "black";
  context.fillRect(0, 0, side, side);
  paint(context);
  canvas.toBlob((blob) => {
    const address = URL.createObjectURL(blob);
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }, "image/png");
}

// A drawing outlives a reload, with all that can be taken back, and is gone with the tab.

export function saveInTab(key, content) {
  try {
    sessionStorage.setItem(`nnviz.${key}`, JSON.stringify(content));
  } catch {
    // Full, or forbidden in this browser: then only the server remembers, and only until the page is loaded anew.
  }
}

export function loadFromTab(key) {
  try {
    return JSON.parse(sessionStorage.getItem(`nnviz.${key}`));
  } catch {
    return null;
  }
}
