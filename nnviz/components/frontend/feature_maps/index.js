// Every map of a layer in one light component: each painted from its own numbers, its kernel beside it.
//
// data: {values: base64 float32, map after map, row by row; rows, columns, maps; kernels: the same for kernels, or
// null; kernelRows, kernelColumns; shared: one scale for all maps or one each; layer: its name; token, start}. Sends
// `chosen`: {token, map, row, column}: the map that was pressed and where, or null when the same map is pressed again.

import { floatsFromBase64 } from "../shared/text.js";
import { colorScale, cssColor, RED_BLUE } from "../shared/colors.js";
import { context2d, element, instanceAt, moveWithArrows, setTabStop } from "../shared/dom.js";

function paintValues(canvas, values, columns, scale) {
  const rows = values.length / columns;
  canvas.width = columns;
  canvas.height = rows;
  const context = context2d(canvas);
  values.forEach((value, i) => {
    context.fillStyle = scale.colour(value);
    context.fillRect(i % columns, Math.floor(i / columns), 1, 1);
  });
}

class FeatureMaps {
  constructor(root) {
    this.place = root.querySelector(".maps");
    this.says = root.querySelector(".says");
    /** @type {Float32Array[]} */
    this.values = [];
    this.place.addEventListener("click", (event) => this.press(event));
    this.place.addEventListener("pointermove", (event) => this.tell(event));
    this.place.addEventListener("pointerleave", () => this.say());
    moveWithArrows(this.place, (row, column) => this.at(row, column), (button) => this.placeOf(button));
  }

  show(data, send) {
    this.send = send;
    if (this.token === data.token) return;
    // Another digit in the same layer: what was chosen stays chosen. Another layer may come to the same place.
    const remembered = this.data?.layer === data.layer ? this.chosen : data.start;
    this.data = data;
    this.token = data.token;
    this.chosen = remembered;
    const all = floatsFromBase64(data.values);
    const size = data.rows * data.columns;
    const kernels = data.kernels && floatsFromBase64(data.kernels);
    const kernelSize = data.kernelRows * data.kernelColumns;
    const common = data.shared ? colorScale(all) : null;
    this.values = Array.from({ length: data.maps }, (_, i) => all.subarray(i * size, (i + 1) * size));
    this.place.replaceChildren(...this.values.map((values, i) => {
      const top = values.reduce((most, value) => Math.max(most, value), -Infinity);
      const map = element("canvas", { class: "values", "aria-hidden": "true" });
      paintValues(map, values, data.columns, common ?? colorScale(values));
      const fires = values.reduce((count, value) => count + Number(value > 0), 0);
      /** @type {HTMLElement[]} */
      const parts = [map];
      if (kernels) {
        const kernel = element("canvas", { class: "kernel", "aria-hidden": "true" });
        const weights = kernels.subarray(i * kernelSize, (i + 1) * kernelSize);
        const most = weights.reduce((so, weight) => Math.max(so, Math.abs(weight)), 0) || 1;
        paintValues(kernel, weights, data.kernelColumns, {
          colour: (w) => cssColor(RED_BLUE, (w + most) / (2 * most)),
        });
        parts.push(kernel);
      }
      parts.push(element("span", { class: "caption" }, `${i} · most ${top.toFixed(2)}`));
      return element("button", {
        type: "button",
        class: kernels ? "map" : "map alone",
        tabindex: i ? -1 : 0,
        "data-testid": "map",
        "aria-pressed": "false",
        "aria-label": `map ${i}: greatest value ${top.toFixed(3)}, above nought at ${fires} of ${size} places`,
      }, ...parts);
    }));
    this.outline();
    const chosen = this.place.children[this.chosen?.map];
    if (chosen) setTabStop(this.place, chosen);
  }

  // The cell of a map that the pointer is over; by keyboard, the map's greatest value.
  cell(event, button) {
    const index = [...this.place.children].indexOf(button);
    const values = this.values[index];
    const box = button.querySelector("canvas.values").getBoundingClientRect();
    const { rows, columns } = this.data;
    let column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    let row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    if (
      event.detail === 0 && event.type === "click" || row < 0 || row >= rows || column < 0 ||
      column >= columns
    ) {
      const greatest = values.indexOf(values.reduce((most, value) => Math.max(most, value), -Infinity));
      [row, column] = [Math.floor(greatest / columns), greatest % columns];
    }
    return { map: index, row, column, value: values[row * columns + column] };
  }

  press(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { map, row, column } = this.cell(event, button);
    const same = this.chosen && this.chosen.map === map && this.chosen.row === row &&
      this.chosen.column === column;
    this.chosen = same ? null : { token: this.token, map, row, column };
    setTabStop(this.place, button);
    this.outline();
    this.send(this.chosen);
  }

  tell(event) {
    const button = event.target.closest("button");
    this.say(button && this.cell(event, button));
  }

  /** @param {{map: number, row: number, column: number, value: number} | null} cell */
  say(cell = null) {
    this.says.textContent = cell
      ? `map ${cell.map}, row ${cell.row}, column ${cell.column}: ${cell.value.toFixed(4)}`
      : "";
  }

  columns() {
    const all = [...this.place.children];
    const second = all.findIndex((button) => button.offsetTop > all[0].offsetTop);
    return second < 0 ? Math.max(1, all.length) : second;
  }

  at(row, column) {
    const columns = this.columns();
    return column < 0 || column >= columns ? undefined : this.place.children[row * columns + column];
  }

  placeOf(button) {
    const index = [...this.place.children].indexOf(button);
    return [Math.floor(index / this.columns()), index % this.columns()];
  }

  outline() {
    [...this.place.children].forEach((button, i) =>
      button.setAttribute("aria-pressed", String(i === this.chosen?.map))
    );
  }
}

export default function ({ parentElement, data, setStateValue }) {
  instanceAt(parentElement, () => new FeatureMaps(parentElement)).show(
    data,
    (choice) => setStateValue("chosen", choice),
  );
}
