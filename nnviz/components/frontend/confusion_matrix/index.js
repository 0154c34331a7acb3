// The confusion matrix as a table whose every cell is a button.
//
// data: {counts: 10 rows of 10, start: [true, predicted] or null}. Sends `chosen`: [true, predicted], where a
// header leaves the other one null, or null when the chosen cell is pressed again.

import { element, instanceAt, moveWithArrows, setTabStop } from "../shared/dom.js";
import { counted, percent } from "../shared/text.js";

function tableOf(counts) {
  const classes = [...counts.keys()];
  const rowTotals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const columnTotals = classes.map((c) => counts.reduce((sum, row) => sum + row[c], 0));
  const all = rowTotals.reduce((sum, n) => sum + n, 0);
  const right = classes.reduce((sum, c) => sum + counts[c][c], 0);

  const button = (row, column, text, label, extra = {}) =>
    element("button", {
      type: "button",
      tabindex: -1,
      "data-row": row,
      "data-column": column,
      "aria-label": label,
      "aria-pressed": "false",
      ...extra,
    }, text);

  const columnHeaders = classes.map((c) =>
    element(
      "th",
      { scope: "col" },
      button(-1, c, String(c), `all ${counted(columnTotals[c], "digit")} read as ${c}`, {
        "data-testid": `predicted-${c}`,
      }),
    )
  );

  const rows = classes.map((r) =>
    element(
      "tr",
      {},
      ...(r ? [] : [
        element(
          "th",
          { class: "axis side", rowspan: classes.length, scope: "rowgroup" },
          element("span", {}, "true"),
        ),
      ]),
      element(
        "th",
        { scope: "row" },
        button(r, -1, String(r), `all ${counted(rowTotals[r], "digit")} that are ${r}`, {
          "data-testid": `true-${r}`,
        }),
      ),
      ...classes.map((c) => {
        const share = rowTotals[r] ? counts[r][c] / rowTotals[r] : 0;
        const label = `true ${r}, read as ${c}: ` +
          (counts[r][c] ? `${counted(counts[r][c], "digit")} (${percent(share)} of the ${r}s)` : "no digits");
        const cell = button(r, c, counts[r][c] ? String(counts[r][c]) : "·", label, {
          "data-testid": `cell-${r}-${c}`,
        });
        // A mistake of one in a hundred must show beside a diagonal near 100 %, so the scale is steep at its foot.
        cell.style.setProperty("--share", String(share ** 0.35));
        return element("td", { class: r === c ? "right" : counts[r][c] ? "wrong" : "none" }, cell);
      }),
      element("td", { class: "total" }, String(rowTotals[r])),
    )
  );

  return element(
    "table",
    { "data-testid": "confusion" },
    element(
      "caption",
      {},
      element("strong", {}, `${right.toLocaleString("en")} of ${counted(all, "digit")} right`),
      all ? ` (${percent(right / all)}). ` : ". ",
      "Choose a cell to see its digits.",
    ),
    element(
      "colgroup",
      {},
      element("col", { class: "axis" }),
      element("col", { class: "header" }),
      element("col", { span: classes.length }),
      element("col", { class: "total" }),
    ),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td", { colspan: 2 }),
        element("th", { class: "axis", colspan: classes.length, scope: "colgroup" }, "read as"),
        element("td"),
      ),
      element(
        "tr",
        {},
        element("td", { colspan: 2 }),
        ...columnHeaders,
        element("th", { class: "total", scope: "col" }, "All"),
      ),
    ),
    element("tbody", {}, ...rows),
    element(
      "tfoot",
      {},
      element(
        "tr",
        {},
        element("th", { class: "total", colspan: 2, scope: "row" }, "All"),
        ...columnTotals.map((n) => element("td", { class: "total" }, String(n))),
        element("td", { class: "total" }, String(all)),
      ),
    ),
  );
}

class ConfusionMatrix {
  constructor(root) {
    this.place = root.querySelector(".matrix");
    this.says = root.querySelector(".says");
    this.chosen = null;
    this.place.addEventListener("click", (event) => this.press(event.target.closest("button")));
    for (const name of ["pointerover", "focusin"]) {
      this.place.addEventListener(name, (event) => this.say(event.target.closest("button")));
    }
    for (const name of ["pointerleave", "focusout"]) this.place.addEventListener(name, () => this.say(null));
    moveWithArrows(this.place, (row, column) => this.button(row, column), (button) => this.cellOf(button));
  }

  show(data, send) {
    this.send = send;
    const counts = JSON.stringify(data.counts);
    if (this.counts === counts) return;
    if (this.counts === undefined) this.chosen = data.start;
    this.counts = counts;
    this.place.replaceChildren(tableOf(data.counts));
    this.outline();
    this.say(null);
    setTabStop(this.place, this.chosenButton() ?? this.button(0, 0));
  }

  button(row, column) {
    return this.place.querySelector(`button[data-row="${row}"][data-column="${column}"]`);
  }

  chosenButton() {
    return this.chosen && this.button(this.chosen[0] ?? -1, this.chosen[1] ?? -1);
  }

  cellOf(button) {
    return [Number(button.dataset.row), Number(button.dataset.column)];
  }

  press(button) {
    if (!button) return;
    const again = button === this.chosenButton();
    this.chosen = again ? null : this.cellOf(button).map((n) => (n < 0 ? null : n));
    setTabStop(this.place, button);
    this.outline();
    this.send(this.chosen);
  }

  outline() {
    const chosen = this.chosenButton();
    for (const button of this.place.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button === chosen));
    }
  }

  // The line under the table: what the pointer or the keyboard is on, else what is chosen.
  say(button) {
    const subject = button ?? this.chosenButton();
    this.says.textContent = subject ? subject.getAttribute("aria-label") : "";
  }
}

export default function ({ parentElement, data, setStateValue }) {
  instanceAt(parentElement, () => new ConfusionMatrix(parentElement)).show(
    data,
    (cell) => setStateValue("chosen", cell),
  );
}
