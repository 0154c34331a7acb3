// A hidden layer as a picture: a square a unit, or its maps side by side, in the colours of its values.

import { product } from "../network/interpreter.js";
import { InputHighlights, inspectCells } from "./value_tips.js";
import { gridShape, MapsPainting, tileMaps, UnitsPainting } from "./painting.js";
import { colorScale, cssGradient } from "../shared/colors.js";
import { element, setText } from "../shared/dom.js";
import { counted, decimal } from "../shared/text.js";

export class LayerPicture {
  // shape: [rows, columns, maps], whose values come row by row, a place's maps side by side; or [units].
  constructor({ name, shape }, announce) {
    this.name = name.replaceAll("_", " ");
    this.units = product(shape);
    const [rows, columns, maps] = shape.length === 3 ? shape : [...gridShape(this.units), 0];
    const layout = { rows, columns, maps, units: this.units };
    this.layout = layout;
    /** @type {ReturnType<typeof tileMaps> | null} */
    this.mosaic = maps ? tileMaps(layout) : null;
    this.canvas = element("canvas", { role: "img", tabindex: 0, class: maps ? "maps" : null });
    this.painting = this.mosaic
      ? new MapsPainting(this.canvas, this.mosaic)
      : new UnitsPainting(this.canvas, this.layout);
    this.low = element("span");
    this.ramp = element("span", { class: "ramp" });
    this.top = element("span");
    this.scale = element(
      "p",
      { class: "scale", "aria-hidden": "true" },
      element("span", { class: "still" }, this.low, this.ramp, this.top),
    );
    const frame = element("div", { class: "frame" }, this.canvas);
    this.figure = element(
      "figure",
      { class: "picture layer" },
      element("figcaption", {}, element("strong", {}, this.name), element("span", {}, this.size())),
      frame,
      this.scale,
    );
    const grid = () => /** @type {{rows: number, columns: number}} */ (this.mosaic ?? layout);
    this.lights = new InputHighlights(
      frame,
      grid,
      (unit) => this.mosaic?.cells[unit] ?? unit,
    );
    const trace = (cell) => this.trace(cell === null ? null : this.unitAt(cell));
    this.hover = inspectCells(this.canvas, grid, (cell) => this.tell(cell), announce, trace);
    this.visible = true;
    this.forget();
    this.describe();
    // What is out of sight is painted when it comes into it.
    new IntersectionObserver((entries) => {
      this.visible = entries[entries.length - 1].isIntersecting;
      if (this.visible && this.values) this.paint();
    }).observe(this.figure);
  }

  show(values) {
    this.values = values;
    if (this.visible) this.paint();
  }

  paint() {
    const { values } = this;
    const scale = colorScale(values);
    this.painting.paint(values, scale);
    this.hover.refresh();
    if (this.blank) this.scale.classList.remove("empty");
    this.blank = false;
    setText(this.low, scale.low ? decimal(scale.low, 2) : "0");
    if (this.map !== scale.map) this.ramp.style.background = cssGradient(this.map = scale.map);
    setText(this.top, `max ${decimal(scale.top, 2)}`);
  }

  forget() {
    this.values = null;
    this.blank = true;
    this.painting.forget();
    this.hover.refresh();
    this.scale.classList.add("empty");
  }

  describe() {
    if (!this.values) {
      this.canvas.setAttribute("aria-label", `${this.name}: ${this.size()}, nothing drawn yet`);
      return;
    }
    let [strongest, lit] = [0, 0];
    for (let unit = 0; unit < this.values.length; unit += 1) {
      if (this.values[unit] > this.values[strongest]) strongest = unit;
      if (Math.abs(this.values[unit]) > 1e-6) lit += 1;
    }
    this.canvas.setAttribute(
      "aria-label",
      `${this.name}: ${this.size()}, ${lit} not zero, strongest ${this.unitName(strongest)} at ` +
        decimal(this.values[strongest], 3),
    );
  }

  size() {
    const { units, rows, columns, maps } = this.layout;
    return maps ? `${counted(maps, "map")} of ${rows}\u00a0×\u00a0${columns}` : counted(units, "unit");
  }

  unitName(unit) {
    const { columns, maps } = this.layout;
    if (!maps) return `unit ${unit + 1}`;
    const place = Math.floor(unit / maps);
    return `map ${(unit % maps) + 1}, row ${Math.floor(place / columns) + 1}, column ${(place % columns) + 1}`;
  }

  unitAt(cell) {
    return this.mosaic ? this.mosaic.unitAt(cell) : cell;
  }

  tell(cell) {
    const unit = this.unitAt(cell);
    if (!this.values || unit === null || unit >= this.values.length) return "";
    return [`${this.unitName(unit)}: ${decimal(this.values[unit], 3)}`, ...this.formula(unit)].join("\n");
  }

  // Overridden where the network is computed here: its formula as lines, and its inputs lit up.
  /**
   * @param {number} _unit
   * @returns {string[]}
   */
  formula(_unit) {
    return [];
  }

  /** @param {number | null} _unit */
  trace(_unit) {}
}
