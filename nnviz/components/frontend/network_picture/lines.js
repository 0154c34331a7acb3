// Connections as lines over the stages.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{x: number, y: number}} Point */

export class Lines {
  /** @param {HTMLElement} row what the lines lie over */
  constructor(row) {
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("class", "lines");
    this.svg.setAttribute("aria-hidden", "true");
    row.append(this.svg);
  }

  /**
   * @param {{from: Point, to: Point, product: number, share: number, down: boolean}[]} lines share: of the strongest
   *   between the same two layers; down: from top to bottom instead of from one side to the other
   * @param {{x: number, y: number, width: number, height: number, kind: string}[]} frames around what is meant
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
