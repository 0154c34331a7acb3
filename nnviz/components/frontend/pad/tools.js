// The pad's tools: a pen or an eraser, each with a width of its own; a picture taken home as a PNG; a drawing kept in the
// tab.

import { PAPER } from "./strokes.js";
import { context2d, element, leaveSwipes, onPress } from "../shared/dom.js";
import { say } from "../shared/words.js";

export class Brush {
  // changed(): another width or tool.
  constructor(root, changed) {
    this.widths = { pen: 22, eraser: 36 }; // 22 units give digits the weight that MNIST's have
    this.slider = root.querySelector('[data-testid="pad-width"]');
    this.dot = root.querySelector(".width i");
    this.buttons = [...root.querySelectorAll("[role=radio]")];
    this.changed = changed;
    for (const [i, button] of this.buttons.entries()) {
      onPress(button, () => this.choose(button));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = this.buttons[(i + step + this.buttons.length) % this.buttons.length];
        next.focus();
        this.choose(next);
      });
    }
    leaveSwipes(this.slider);
    this.slider.addEventListener("input", () => {
      this.widths[this.tool] = Number(this.slider.value);
      this.show();
    });
    this.choose(this.buttons[0]);
  }

  get width() {
    return this.widths[this.tool];
  }

  get erases() {
    return this.tool === "eraser";
  }

  choose(button) {
    for (const other of this.buttons) {
      other.setAttribute("aria-checked", String(other === button));
      other.tabIndex = other === button ? 0 : -1;
    }
    this.tool = button.dataset.tool;
    this.show();
  }

  show() {
    this.slider.value = String(this.width);
    const name = this.erases ? say("Width of the eraser") : say("Width of the pen");
    const value = say("{width} of {all} pixels", { width: this.width, all: PAPER });
    this.slider.setAttribute("aria-label", name);
    this.slider.setAttribute("aria-valuetext", value);
    this.slider.title = `${name}: ${value}`;
    this.dot.style.setProperty("--width", this.width / this.slider.max);
    this.changed();
  }
}

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
