// Ten rows, a digit each, of bars that begin at nothing: shares of 100%, or numbers with a sign.

import { element, setText } from "../shared/dom.js";

export class Bars {
  /**
   * @param {string} title
   * @param {string[]} names of the bars in a row, one or two: each is a class of its own
   * @param {boolean} signed they go to both sides
   * @param {number} rows
   */
  constructor(title, names, signed = false, rows = 10) {
    this.signed = signed;
    this.rows = Array.from({ length: rows }, (_, digit) => {
      const fills = names.map((name) => element("span", { class: `fill ${name}` }));
      const text = element("span", { class: "share" });
      const item = element(
        "li",
        {},
        element("span", { class: "name" }, String(digit)),
        element("span", { class: signed ? "track signed" : "track" }, ...fills),
        text,
      );
      return { item, fills, text };
    });
    const list = element("ol", { class: "bars" }, ...this.rows.map(({ item }) => item));
    this.figure = element("figure", { class: "answers" }, element("figcaption", {}, title), list);
  }

  /**
   * @param {ArrayLike<number>[]} values of the bars of a row, each of all rows
   * @param {(row: number) => string} text
   * @param {number | null} label the row of the true digit
   */
  paint(values, text, label) {
    const top = this.signed ? Math.max(...values.flatMap((each) => Array.from(each, Math.abs)), 1e-300) : 1;
    this.rows.forEach(({ item, fills, text: place }, row) => {
      fills.forEach((fill, i) => {
        const share = values[i][row] / top;
        fill.classList.toggle("below", share < 0);
        fill.style.transform = `scaleX(${Number.isFinite(share) ? share : 0})`;
      });
      setText(place, text(row));
      item.classList.toggle("true", row === label);
    });
  }
}
