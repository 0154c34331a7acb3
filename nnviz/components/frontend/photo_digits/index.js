// A photo on which several digits were found: each has a frame with its number, and a press takes that one.
// Arrows go from one to the next, and Enter takes it.
//
// data: {picture: base64 of a JPEG, boxes: [[top, left, bottom, right]] as parts of the picture, labels, start, token}.
// Sends `chosen`: {token, index}. The token names this very photo.

import { bytesFromBase64 } from "../shared/text.js";
import { context2d, element, instanceAt, moveWithArrows, setTabStop } from "../shared/dom.js";

const FINGER = 44; // pixels between two digits
const WIDEST = 900; // pixels
const MANY = 12; // digits, from which on frames and numbers are smaller

class PhotoDigits {
  /** @param {ParentNode} root */
  constructor(root) {
    this.place = /** @type {HTMLElement} */ (root.querySelector(".photo"));
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    /** @type {HTMLButtonElement[][]} */
    this.rows = [];
    this.token = "";
    moveWithArrows(
      this.place,
      (row, column) => this.rows[row]?.[column],
      (button) => this.placeOf(button),
    );
  }

  /** @param {HTMLButtonElement} button */
  placeOf(button) {
    const row = this.rows.findIndex((row) => row.includes(button));
    return [row, this.rows[row].indexOf(button)];
  }

  /**
   * @param {{picture: string, boxes: number[][], labels: string[], start: number, token: string}} data
   * @param {(chosen: {token: string, index: number}) => void} send
   */
  show(data, send) {
    this.send = send;
    if (this.token !== data.token) {
      this.token = data.token;
      this.paint(data.picture);
      this.frame(data.boxes, data.labels);
      this.mark(data.start);
    }
  }

  // On a canvas: a page of ours loads no pictures by address.
  /** @param {string} picture */
  async paint(picture) {
    const { token } = this;
    const bitmap = await createImageBitmap(new Blob([bytesFromBase64(picture)], { type: "image/jpeg" }));
    if (token !== this.token) return;
    this.canvas.width = bitmap.width;
    this.canvas.height = bitmap.height;
    context2d(this.canvas).drawImage(bitmap, 0, 0);
  }

  /**
   * @param {number[][]} boxes
   * @param {string[]} labels
   */
  frame(boxes, labels) {
    this.buttons.forEach((button) => button.remove());
    this.buttons = boxes.map(([top, left, bottom, right], index) => {
      const button = /** @type {HTMLButtonElement} */ (element(
        "button",
        { type: "button", tabindex: -1, "aria-label": labels[index], "data-testid": "photo-digit" },
        element("span", { class: "number", "aria-hidden": "true" }, String(index + 1)),
      ));
      const percent = (/** @type {number} */ part) => `${(100 * part).toFixed(2)}%`;
      button.style.top = percent((top + bottom) / 2);
      button.style.left = percent((left + right) / 2);
      button.style.height = percent(bottom - top);
      button.style.width = percent(right - left);
      button.addEventListener("click", () => {
        this.mark(index);
        this.send?.({ token: this.token, index });
      });
      return button;
    });
    this.place.append(...this.buttons);
    this.place.classList.toggle("many", boxes.length > MANY);
    const rows = inRows(boxes);
    this.rows = rows.map((row) => row.map((index) => this.buttons[index]));
    const steps = rows.flatMap((row) => row.slice(1).map((index) => middle(boxes[index]) - middle(boxes[index - 1])));
    const wide = Math.min(WIDEST, FINGER / Math.max(0.01, Math.min(1, ...steps)));
    this.place.style.setProperty("--for-fingers", `${Math.ceil(wide)}px`);
  }

  /** @param {number} chosen */
  mark(chosen) {
    setTabStop(this.place, this.buttons[chosen]);
    this.buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index === chosen)));
  }
}

/** @param {number[]} box */
function middle([, left, , right]) {
  return (left + right) / 2;
}

/**
 * The numbers of boxes, row by row: they are in the order in which one reads, and a row begins further left.
 * @param {number[][]} boxes
 */
export function inRows(boxes) {
  /** @type {number[][]} */
  const rows = [];
  boxes.forEach((box, index) => {
    if (index === 0 || box[1] < boxes[index - 1][1]) rows.push([]);
    rows[rows.length - 1].push(index);
  });
  return rows;
}

/** @param {{parentElement: ParentNode, data: any, setStateValue: (name: string, value: unknown) => void}} mounted */
export default function ({ parentElement, data, setStateValue }) {
  const photo = instanceAt(parentElement, () => new PhotoDigits(parentElement));
  photo.show(data, (chosen) => setStateValue("chosen", chosen));
}
