// A picture of many numbers, in which one can be pointed at: with a pointer, a finger, or arrow keys.

import { element, onPress } from "../shared/dom.js";
import { fitTiles } from "../network_picture/layout.js";
import { paintTiles } from "../network_picture/painting.js";

/**
 * @typedef {object} Grid
 * @property {number} rows of a picture; 1 for single units
 * @property {number} columns
 * @property {number} count of pictures: side by side in the values, place after place
 *
 * @typedef {{picture: number, place: number}} At
 *
 * @typedef {object} Hand what happens when a number is pointed at
 * @property {(at: At) => string} name for those who do not see it
 * @property {(at: At) => void} choose
 * @property {(at: At | null) => void} look at it for as long as the pointer stays; null when it has left
 */

/**
 * A grid that so many values fill, as square as can be.
 * @param {number} n
 * @returns {{rows: number, columns: number}}
 */
export function squareOf(n) {
  const columns = Math.ceil(Math.sqrt(n));
  return { rows: Math.ceil(n / columns), columns };
}

export class Tiles {
  /**
   * @param {string} title
   * @param {Grid} grid
   * @param {number} side pixels it may take, both ways
   * @param {Hand} hand
   * @param {number} inputs places of a picture that are values
   */
  constructor(title, grid, side, hand, inputs = grid.rows * grid.columns) {
    this.grid = grid;
    this.inputs = inputs;
    const tiles = fitTiles(grid, side, side, side);
    const { across, down, width, height, gap } = tiles;
    this.box = { width: across * (width + gap) - gap, height: down * (height + gap) - gap, tiles };
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.mark = element("span", { class: "mark", hidden: true });
    this.frame = element(
      "div",
      { class: "frame", role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 1, "aria-valuenow": 1 },
      this.canvas,
      this.mark,
    );
    this.note = element("span", { class: "note" });
    this.figure = element("figure", {}, element("figcaption", {}, title), this.frame, this.note);
    /** @type {At} */
    this.at = { picture: 0, place: 0 };
    this.hand = hand;
    this.single = grid.count === 1; // its items are the places, else the pictures
    const many = this.single ? inputs : grid.count;
    this.frame.setAttribute("aria-valuemax", String(many));
    const place = (event) => this.placeOf(event);
    this.frame.addEventListener("pointermove", (event) => event.pointerType === "mouse" && hand.look(place(event)));
    this.frame.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hand.look(null));
    onPress(this.frame, (event) => {
      const at = place(event);
      if (at && event.clientX) hand.choose(at);
    });
    this.frame.addEventListener("keydown", (event) => this.key(event, many));
  }

  /** @param {KeyboardEvent} event */
  key(event, many) {
    const across = this.single ? this.grid.columns : this.box.tiles.across;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -many, End: many };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const item = this.single ? this.at.place : this.at.picture;
    const to = item + steps[event.key];
    const next = event.key === "Home" ? 0 : event.key === "End" ? many - 1 : to < 0 || to >= many ? item : to;
    this.hand.choose(this.single ? { picture: 0, place: next } : { picture: next, place: this.at.place });
  }

  /**
   * @param {{clientX: number, clientY: number}} event
   * @returns {At | null}
   */
  placeOf({ clientX, clientY }) {
    const { left, top, width: shown } = this.canvas.getBoundingClientRect();
    const scale = this.box.width / (shown || 1);
    const [x, y] = [(clientX - left) * scale, (clientY - top) * scale];
    const { across, width, height, gap } = this.box.tiles;
    const [column, row] = [Math.floor(x / (width + gap)), Math.floor(y / (height + gap))];
    const picture = row * across + column;
    if (x < 0 || y < 0 || column >= across || picture >= this.grid.count) return null;
    const within = (offset, size, n) => Math.min(n - 1, Math.max(0, Math.floor((offset / size) * n)));
    const down = within(y - row * (height + gap), height, this.grid.rows);
    const over = within(x - column * (width + gap), width, this.grid.columns);
    const place = down * this.grid.columns + over;
    return place < this.inputs ? { picture, place } : null;
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {"grey" | "values" | "signed"} how
   */
  paint(values, how) {
    const { rows, columns, count } = this.grid;
    const size = rows * columns * count;
    let full = values;
    if (values.length < size) {
      full = new Float64Array(size);
      /** @type {Float64Array} */ (full).set(values);
    }
    return paintTiles(this.canvas, this.box, { rows, columns, count, values: full, how, shared: true });
  }

  /** @param {At} at */
  show(at) {
    this.at = at;
    const { across, width, height, gap } = this.box.tiles;
    const { rows, columns } = this.grid;
    const unit = this.single || (rows === 1 && columns === 1);
    const [x, y] = [(at.picture % across) * (width + gap), Math.floor(at.picture / across) * (height + gap)];
    const [wide, high] = this.single ? [width / columns, height / rows] : [width, height];
    const inside = this.single ? [(at.place % columns) * wide, Math.floor(at.place / columns) * high] : [0, 0];
    const side = Math.max(8, wide);
    Object.assign(this.mark.style, {
      left: `${x + inside[0] - (unit ? (side - wide) / 2 : 0)}px`,
      top: `${y + inside[1] - (unit ? (Math.max(8, high) - high) / 2 : 0)}px`,
      width: `${side}px`,
      height: `${Math.max(8, high)}px`,
    });
    this.mark.hidden = false;
    this.frame.setAttribute("aria-valuenow", String((this.single ? at.place : at.picture) + 1));
    this.frame.setAttribute("aria-valuetext", this.hand.name(at));
  }
}
