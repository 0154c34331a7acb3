// Many digits in one light component: each 28 x 28 painted as it is and enlarged by CSS, with its caption under it.
//
// data: {images: base64 of n * 784 bytes, 0 paper to 255 ink, captions: [{text, label, wrong}], token, start, strip}.
// A strip is one row of small ones, of which one is always chosen.
// Sends `chosen`: {token, index}, or null when the chosen digit is pressed again. The token names these very
// digits, so that a choice among earlier ones is not taken for one among these.

import { bytesFromBase64 } from "../shared/text.js";
import { context2d, element, instanceAt, moveWithArrows, setTabStop } from "../shared/dom.js";
import { fadeEdges } from "../shared/edges.js";

const SIDE = 28;

function paintDigit(canvas, pixels) {
  const picture = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    picture.data.set([pixels[i], pixels[i], pixels[i], 255], 4 * i);
  }
  context2d(canvas).putImageData(picture, 0, 0);
}

class DigitGallery {
  constructor(root) {
    this.place = root.querySelector(".digits");
    this.place.addEventListener("click", (event) => this.press(event.target.closest("button")));
    moveWithArrows(this.place, (row, column) => this.at(row, column), (button) => this.placeOf(button));
  }

  show(data, send) {
    this.send = send;
    this.strip = Boolean(data.strip);
    this.place.classList.toggle("strip", this.strip);
    if (this.token === data.token) return;
    this.token = data.token;
    this.chosen = data.start;
    this.place.style.setProperty("--many", String(data.captions.length));
    const bytes = bytesFromBase64(data.images);
    this.place.replaceChildren(...data.captions.map((caption, i) => {
      const canvas = element("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
      paintDigit(canvas, bytes.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE));
      return element(
        "button",
        {
          type: "button",
          tabindex: i ? -1 : 0,
          class: ["digit", caption.wrong && "wrong", caption.text.length > 4 && "wordy"].filter(Boolean).join(" "),
          "data-testid": "digit",
          "aria-label": caption.label,
          "aria-pressed": "false",
        },
        canvas,
        element("span", { class: "caption" }, caption.text),
      );
    }));
    fadeEdges(this.place);
    this.outline();
    const chosen = this.place.children[this.chosen];
    if (chosen) setTabStop(this.place, chosen);
    if (this.strip && chosen) this.bringIntoSight(chosen);
  }

  // Along the strip only: the page stays where it is.
  bringIntoSight(digit) {
    const [place, box] = [this.place, digit].map((each) => each.getBoundingClientRect());
    this.place.scrollLeft += box.left + box.width / 2 - (place.left + place.width / 2);
  }

  // How many digits stand in a row is the browser's decision; ask it.
  columns() {
    const digits = [...this.place.children];
    const second = digits.findIndex((digit) => digit.offsetTop > digits[0].offsetTop);
    return second < 0 ? Math.max(1, digits.length) : second;
  }

  at(row, column) {
    const columns = this.columns();
    return column < 0 || column >= columns ? undefined : this.place.children[row * columns + column];
  }

  placeOf(button) {
    const index = [...this.place.children].indexOf(button);
    const columns = this.columns();
    return [Math.floor(index / columns), index % columns];
  }

  press(button) {
    if (!button) return;
    const index = [...this.place.children].indexOf(button);
    this.chosen = index === this.chosen && !this.strip ? null : index;
    setTabStop(this.place, button);
    this.outline();
    if (this.strip) this.bringIntoSight(button);
    this.send(this.chosen === null ? null : { token: this.token, index: this.chosen });
  }

  outline() {
    [...this.place.children].forEach((digit, i) => digit.setAttribute("aria-pressed", String(i === this.chosen)));
  }
}

export default function ({ parentElement, data, setStateValue }) {
  instanceAt(parentElement, () => new DigitGallery(parentElement)).show(
    data,
    (choice) => setStateValue("chosen", choice),
  );
}
