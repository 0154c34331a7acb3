// The X-ray of the preparation: each step from the ink to the 28 x 28 pixels as a small picture, and switches for the two
// that can be left out: of the centring beside the pad, of the fit at its picture.

import { resize } from "./painting.js";
import { MNIST } from "./preprocessing.js";
import { context2d, element, onPress, setText } from "../shared/dom.js";
import { say } from "../shared/words.js";

const STEPS = [
  { name: "ink", title: say("Your ink") },
  { name: "cropped", title: say("Cropped") },
  {
    name: "scaled",
    title: say("Fitted"),
    option: "fit",
    off: say("Not fitted"),
    told: say("Fitting is off: every network sees the digit as large as you drew it."),
  },
  {
    name: "centred",
    title: say("Centred"),
    option: "centre",
    off: say("Where you drew it"),
    told: say("Centring is off: every network sees the digit where you drew it."),
  },
  { name: "given", title: "28 × 28" },
];
const NUMBERS = say("784 numbers");
const PICTURE_SIDE = 140; // pixels of a step's picture that is drawn, not dotted
const GUIDE_COLOR = "#ffb000";

export class PreprocessingSteps {
  // changed(): a switch was pressed, so that every network is given another picture.
  constructor(root, changed, announce) {
    this.options = { centre: true, fit: true };
    this.changed = changed;
    this.announce = announce;
    this.small = element("canvas", { width: MNIST.side, height: MNIST.side });
    this.section = root.querySelector(".xray");
    this.notice = root.querySelector(".notice");
    this.centring = root.querySelector('[data-testid="switch-centre"]');
    this.films = STEPS.map((step) => this.film(step));
    this.section.querySelector("ol").replaceChildren(...this.films.map((film) => film.item));
    this.set(this.options);
    this.show(null, null);
    this.rest();
    // Nothing is painted while it is out of sight.
    this.seen = new IntersectionObserver(([entry]) => {
      this.visible = entry.isIntersecting;
      if (this.visible) this.paint();
    });
    this.seen.observe(this.section);
  }

  film(step) {
    const canvas = element("canvas", {
      role: "img",
      "data-testid": `step-${step.name}`,
      width: PICTURE_SIDE,
      height: PICTURE_SIDE,
    });
    const title = element("strong", {}, step.title);
    const size = element("span", { class: "size" });
    const film = { ...step, canvas, heading: title, size };
    const figure = element("figure", {}, canvas, element("figcaption", {}, title, size));
    film.item = element("li", {}, figure);
    if (step.option === "fit") {
      film.button = element("button", {
        type: "button",
        class: "switch",
        role: "switch",
        "data-testid": "switch-fit",
        "aria-label": say("Fit into 20 × 20"),
      });
      film.item.append(film.button);
    } else if (step.option) film.button = this.centring;
    film.button?.replaceChildren(
      ...(step.option === "centre" ? [element("span", { "aria-hidden": "true" }, say("Centring"))] : []),
      element("i", { "aria-hidden": "true" }),
      element("span", { "aria-hidden": "true" }),
    );
    if (film.button) onPress(film.button, () => this.turn(step.option));
    return film;
  }

  turn(option) {
    if (this.preparation?.untouched) return;
    this.set({ ...this.options, [option]: !this.options[option] });
    this.announce(this.notice.textContent || say("Every step is done"));
    this.changed();
  }

  set(options) {
    this.options = options;
    for (const { option, button, heading, title, off, item } of this.films) {
      if (!option) continue;
      const on = options[option];
      button.setAttribute("aria-checked", String(on));
      button.lastChild.textContent = on ? say("on") : say("off");
      heading.textContent = on ? title : off;
      item.classList.toggle("off", !on);
    }
    this.tell();
  }

  // What is out of the ordinary about this preparation.
  tell() {
    const untouched = Boolean(this.preparation?.untouched);
    const off = STEPS.flatMap(({ option, told }) => option && told && !this.options[option] ? [told] : []);
    setText(
      this.notice,
      untouched ? say("This is a picture of 28 × 28 pixels already: it is read as it is.") : off.join(" "),
    );
    this.notice.hidden = !this.notice.textContent;
    for (const { button } of this.films) if (button) button.disabled = untouched;
  }

  // preparation: as `prepare` returns it, or null; canvas: the ink itself, a pixel a unit.
  show(preparation, canvas) {
    this.preparation = preparation && { ...preparation, ink: null, cropped: null };
    this.canvas = canvas;
    if (Boolean(preparation?.untouched) !== this.untouched) {
      this.untouched = Boolean(preparation?.untouched);
      this.tell();
    }
    if (this.visible !== false) this.paint();
  }

  paint() {
    const { preparation } = this;
    this.section.classList.toggle("empty", !preparation);
    for (const { name, canvas, size } of this.films) {
      const context = context2d(canvas);
      if (!preparation) {
        canvas.width = canvas.height = PICTURE_SIDE;
        setText(size, "");
        continue;
      }
      const [rows, columns] = this.sizeAt(name);
      setText(size, name === "given" ? NUMBERS : `${columns} × ${rows}`);
      this[name](context, preparation, rows, columns);
    }
  }

  sizeAt(name) {
    return this.preparation.sizes[name === "given" ? "centred" : name];
  }

  // The pictures in words, also of those that are out of sight.
  rest() {
    for (const { name, canvas, heading } of this.films) {
      const [rows, columns] = this.preparation ? this.sizeAt(name) : [];
      const size = rows ? say("{columns} pixels wide, {rows} high", { columns, rows }) : say("nothing drawn yet");
      canvas.setAttribute("aria-label", `${heading.textContent}: ${size}`);
    }
  }

  ink(context, { corner: [top, left], sizes: { cropped: [rows, columns] }, untouched }) {
    resize(context.canvas, PICTURE_SIDE, PICTURE_SIDE);
    paintInk(context, this.canvas, [0, 0, this.canvas.width, this.canvas.height]);
    if (untouched) return;
    const scale = PICTURE_SIDE / this.canvas.width;
    strokeBox(context, left * scale, top * scale, columns * scale, rows * scale);
  }

  cropped(context, { corner: [top, left] }, rows, columns) {
    const scale = PICTURE_SIDE / Math.max(rows, columns);
    resize(context.canvas, Math.max(1, Math.round(columns * scale)), Math.max(1, Math.round(rows * scale)));
    paintInk(context, this.canvas, [left, top, columns, rows]);
  }

  scaled(context, { scaled }, rows, columns) {
    resize(context.canvas, columns, rows);
    paintGrey(context, scaled);
  }

  centred(context, { centred, offset: [top, left], sizes: { scaled: [rows, columns] }, untouched }) {
    const small = context2d(this.small);
    paintGrey(small, centred);
    resize(context.canvas, PICTURE_SIDE, PICTURE_SIDE);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.small, 0, 0, PICTURE_SIDE, PICTURE_SIDE);
    const scale = PICTURE_SIDE / MNIST.side;
    if (!untouched) strokeBox(context, left * scale, top * scale, columns * scale, rows * scale);
    context.strokeStyle = GUIDE_COLOR;
    context.lineWidth = 2;
    const [x, y] = centerOfMass(centred).map((n) => (n + 0.5) * scale);
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [0, 1]]) {
      context.moveTo(x - 7 * dx, y - 7 * dy);
      context.lineTo(x + 7 * dx, y + 7 * dy);
    }
    context.stroke();
  }

  given(context, { centred }) {
    resize(context.canvas, MNIST.side, MNIST.side);
    paintGrey(context, centred);
  }
}

// White on black, from a part [x, y, width, height] of a canvas that holds ink.
function paintInk(context, ink, part) {
  const { width, height } = context.canvas;
  context.globalCompositeOperation = "copy";
  context.drawImage(ink, ...part, 0, 0, width, height);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "black";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "source-over";
}

// values: from 0, black, to 1, white, a pixel each.
export function paintGrey(context, values) {
  const picture = context.createImageData(context.canvas.width, context.canvas.height);
  for (let i = 0; i < values.length; i += 1) {
    picture.data.fill(Math.round(255 * values[i]), 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

function strokeBox(context, x, y, width, height) {
  context.strokeStyle = GUIDE_COLOR;
  context.lineWidth = 2;
  context.strokeRect(
    Math.max(1, x),
    Math.max(1, y),
    Math.min(width, PICTURE_SIDE - 2),
    Math.min(height, PICTURE_SIDE - 2),
  );
}

// [column, row] of the middle of the ink's weight, pixels counted from 0.
function centerOfMass(centred) {
  let [sum, across, down] = [0, 0, 0];
  for (let i = 0; i < centred.length; i += 1) {
    sum += centred[i];
    across += centred[i] * (i % MNIST.side);
    down += centred[i] * Math.floor(i / MNIST.side);
  }
  return [across / sum, down / sum];
}
