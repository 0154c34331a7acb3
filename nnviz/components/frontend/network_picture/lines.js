// Connections as lines over the stages.

import { slides, windowOf } from "../network/windows.js";
import { cellOf } from "./layout.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {import("./stage_element.js").Shown} Shown
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x: number, y: number, width: number, height: number}} Cell its middle and its size
 * @typedef {(stage: Shown, unit: number) => Cell} Placed where a unit lies in the row
 * @typedef {{from: Point, to: Point, product: number, share: number, down: boolean}} Line share: of the strongest
 *   between the same two layers; down: from top to bottom instead of from one side to the other
 * @typedef {{x: number, y: number, width: number, height: number, kind: string}} Frame
 */

export class Lines {
  /** @param {HTMLElement} row what the lines lie over */
  constructor(row) {
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("class", "lines");
    this.svg.setAttribute("aria-hidden", "true");
    row.append(this.svg);
  }

  /**
   * @param {Line[]} lines
   * @param {Frame[]} frames around what is meant
   */
  show(lines, frames) {
    const paths = lines.map(({ from, to, product, share, down }) => {
      const path = document.createElementNS(SVG, "path");
      const middle = down ? (from.y + to.y) / 2 : (from.x + to.x) / 2;
      const [one, other] = down ? [`${from.x} ${middle}`, `${to.x} ${middle}`] : [
        `${middle} ${from.y}`,
        `${middle} ${to.y}`,
      ];
      path.setAttribute("d", `M${from.x} ${from.y}C${one} ${other} ${to.x} ${to.y}`);
      path.setAttribute("class", product < 0 ? "below" : "above");
      path.setAttribute("stroke-width", (0.75 + 3.5 * share).toFixed(2));
      path.setAttribute("opacity", (0.3 + 0.6 * share).toFixed(2));
      return path;
    });
    const around = frames.map(({ x, y, width, height, kind }) => {
      const rect = document.createElementNS(SVG, "rect");
      for (const [name, value] of Object.entries({ x, y, width, height, rx: 2 })) {
        rect.setAttribute(name, String(value));
      }
      rect.setAttribute("class", kind);
      return rect;
    });
    this.svg.replaceChildren(...paths, ...around);
  }
}

/**
 * Where units lie, measured once for all of them.
 * @param {HTMLElement} row
 * @param {Shown[]} stages
 * @param {boolean} down
 * @returns {Placed}
 */
export function placesOn(row, stages, down) {
  const origin = row.getBoundingClientRect();
  const places = new Map(stages.map((stage) => {
    const box = stage.frame.getBoundingClientRect();
    return [stage, { x: box.left - origin.left, y: box.top - origin.top }];
  }));
  return (stage, unit) => {
    const cell = cellOf(stage, stage.box.tiles, unit);
    const at = places.get(stage) ?? { x: 0, y: 0 };
    // A bar is met at its beginning.
    const x = stage.kind === "answer" ? (down ? 10 : -4) : cell.x;
    return { ...cell, x: at.x + x, y: at.y + cell.y };
  };
}

/**
 * Connections as lines, the strongest last and so on top.
 * @param {import("./connections.js").Connection[]} connections
 * @param {Shown[]} stages
 * @param {Placed} placed
 * @param {boolean} down
 * @returns {Line[]}
 */
export function linesBetween(connections, stages, placed, down) {
  const byLayer = new Map(stages.filter(({ kind }) => kind !== "weights").map((stage) => [stage.layer, stage]));
  const most = new Map();
  for (const { layer, product } of connections) most.set(layer, Math.max(most.get(layer) ?? 0, Math.abs(product)));
  return connections.flatMap(({ layer, source, from, to, product }) => {
    const [start, end] = [byLayer.get(source), byLayer.get(layer)];
    if (!start || !end) return [];
    const share = Math.abs(product) / (most.get(layer) || 1);
    return [{ from: placed(start, from), to: placed(end, to), product, share, down }];
  }).reverse();
}

/**
 * What is chosen, and the window that it looks through.
 * @param {{stage: Shown, unit: number}} chosen
 * @param {Shown[]} stages
 * @param {Placed} placed
 * @param {number} map the one before that is looked at
 * @returns {Frame[]}
 */
export function framesAround({ stage, unit }, stages, placed, map) {
  const cell = placed(stage, unit);
  const corner = ({ x, y, width, height }) => ({ x: x - width / 2, y: y - height / 2 });
  const { x, y } = corner(cell);
  const own = { kind: "chosen", x: x - 2, y: y - 2, width: cell.width + 4, height: cell.height + 4 };
  const found = stage.kind === "answer" ? [] : [own];
  const { layer } = stage;
  const before = stages.find((other) => other.layer === layer.inputs[0] && other.kind !== "weights");
  if (!before || !(layer.pool_size || slides(layer))) return found;
  const { top, left, high, wide } = windowOf(layer, unit);
  const [rows, columns, channels] = layer.inputs[0].shape;
  const which = layer.pool_size ? unit % stage.count : Math.min(map, channels - 1);
  const first = placed(before, (Math.max(top, 0) * columns + Math.max(left, 0)) * channels + which);
  const down = Math.min(top + high, rows) - Math.max(top, 0);
  const over = Math.min(left + wide, columns) - Math.max(left, 0);
  return [...found, { ...corner(first), width: over * first.width, height: down * first.height, kind: "window" }];
}
