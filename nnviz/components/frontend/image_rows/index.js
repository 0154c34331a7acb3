// Rows of 28 x 28 pictures under one another, a column for each digit: what it is, what became of it, the difference.
//
// data: {captions: [n], rows: [{title, signed, pictures: base64 of n * 784 bytes, notes: [n]}], token}. A grey picture's
// bytes go from 0, paper, to 255, ink; a signed one's stand for -1 to 1, 128 for nothing.

import { bytesFromBase64, decimal } from "../shared/text.js";
import { interpolate, RED_BLUE } from "../shared/colors.js";
import { context2d, element, instanceAt } from "../shared/dom.js";
import { fadeEdges } from "../shared/edges.js";
import { inkLegend } from "../shared/legend.js";
import { say } from "../shared/words.js";

const SIDE = 28;

class ImageRows {
  constructor(root) {
    this.table = root.querySelector("table");
    this.says = root.querySelector(".says");
    this.bytes = new Map(); // canvas -> {pixels, row}
    for (const name of ["pointermove", "pointerdown"]) {
      this.table.addEventListener(name, (event) => this.tell(event));
    }
    this.table.addEventListener("pointerleave", () => {
      this.says.textContent = "";
    });
  }

  show(data) {
    if (this.token === data.token) return;
    this.token = data.token;
    this.bytes = new Map();
    const head = element(
      "tr",
      {},
      element("td"),
      ...data.captions.map((text) => element("th", { scope: "col" }, text)),
    );
    const rows = data.rows.map((row) => {
      const all = bytesFromBase64(row.pictures);
      const cells = data.captions.map((caption, i) => {
        const pixels = all.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE);
        const canvas = element("canvas", {
          width: SIDE,
          height: SIDE,
          role: "img",
          "aria-label": [row.title, caption, row.notes[i]].filter(Boolean).join(", "),
        });
        paintPixels(canvas, pixels, row.signed);
        this.bytes.set(canvas, { pixels, row });
        return element(
          "td",
          {},
          canvas,
          element("span", { class: "note", "aria-hidden": "true" }, row.notes[i] ?? ""),
        );
      });
      return element(
        "tr",
        {},
        element("th", { scope: "row" }, row.title, ...(row.signed ? [inkLegend()] : [])),
        ...cells,
      );
    });
    this.table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
    fadeEdges(this.table.parentElement, { stays: true });
  }

  // The value under the pointer.
  tell(event) {
    const known = this.bytes.get(event.target);
    if (!known) return;
    const box = event.target.getBoundingClientRect();
    const row = Math.min(SIDE - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * SIDE)));
    const column = Math.min(
      SIDE - 1,
      Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * SIDE)),
    );
    const byte = known.pixels[row * SIDE + column];
    const value = known.row.signed ? (byte - 128) / 127 : byte / 255;
    this.says.textContent = say("{title}: row {row}, column {column}: {value}", {
      title: known.row.title,
      row,
      column,
      value: decimal(value, 2),
    });
  }
}

function paintPixels(canvas, pixels, signed) {
  const picture = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    const colour = signed ? interpolate(RED_BLUE, pixels[i] / 255) : [pixels[i], pixels[i], pixels[i]];
    picture.data.set([...colour, 255], 4 * i);
  }
  context2d(canvas).putImageData(picture, 0, 0);
}

export default function ({ parentElement, data }) {
  instanceAt(parentElement, () => new ImageRows(parentElement)).show(data);
}
