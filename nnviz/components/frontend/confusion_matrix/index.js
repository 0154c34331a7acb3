// The confusion matrix as a table whose every cell is a button.
//
// data: {counts: 10 rows of 10, title, signed, start: [true, predicted] or null}; signed counts are how many more one
// matrix has than another. Sends `chosen`: [true, predicted], where a header leaves the other one null, or null when
// the chosen cell is pressed again.

import { element, instanceAt, moveWithArrows, setTabStop } from "../shared/dom.js";
import { fadeEdges } from "../shared/edges.js";
import { decimal, percent } from "../shared/text.js";
import { say, sayMany } from "../shared/words.js";

/**
 * How the cells of a matrix are told and coloured: counts by their share of a row, differences by whether they are
 * for the better.
 */
function counting(rowTotals) {
  return {
    text: (n) => (n ? String(n) : "·"),
    total: (n) => n.toLocaleString("en"),
    said: (n, r) => {
      if (!n) return say("no digits");
      const share = { share: percent(n / rowTotals[r], 2), digit: r };
      return sayMany(n, "{n} digit ({share} of the {digit}s)", "{n} digits ({share} of the {digit}s)", share);
    },
    kind: (n, r, c) => (r === c ? "right" : n ? "wrong" : "none"),
    share: (n, r) => (rowTotals[r] ? n / rowTotals[r] : 0),
    legend: [
      ["key right", say("right")],
      ["key wrong", "1%", 0.01],
      ["key wrong", "5%", 0.05],
      ["key wrong", "20%", 0.2],
      ["key wrong", "50%", 0.5],
      ["", say("of the true digits in that row")],
    ],
  };
}

function differing(counts) {
  const most = Math.max(1, ...counts.flat().map(Math.abs));
  const better = (n, r, c) => (n > 0) === (r === c);
  const signed = (n) => (n > 0 ? `+${n}` : decimal(n, 0));
  return {
    text: (n) => (n ? signed(n) : "·"),
    total: (n) => (n ? signed(n) : "0"),
    said: (n, r, c) => n ? change(n, better(n, r, c)) : say("as many"),
    kind: (n, r, c) => (n ? (better(n, r, c) ? "right" : "wrong") : "none"),
    share: (n) => Math.abs(n) / most,
    legend: [
      ["key right", say("better"), 1],
      ["key wrong", say("worse"), 0.5],
      ["", say("more is better on the diagonal only")],
    ],
  };
}

function change(n, better) {
  const size = Math.abs(n);
  if (n > 0 && better) return sayMany(size, "{n} digit more, which is better", "{n} digits more, which is better");
  if (n > 0) return sayMany(size, "{n} digit more, which is worse", "{n} digits more, which is worse");
  if (better) return sayMany(size, "{n} digit fewer, which is better", "{n} digits fewer, which is better");
  return sayMany(size, "{n} digit fewer, which is worse", "{n} digits fewer, which is worse");
}

function tableOf(counts, title, signed) {
  const classes = [...counts.keys()];
  const rowTotals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const columnTotals = classes.map((c) => counts.reduce((sum, row) => sum + row[c], 0));
  const all = rowTotals.reduce((sum, n) => sum + n, 0);
  const right = classes.reduce((sum, c) => sum + counts[c][c], 0);
  const told = signed ? differing(counts) : counting(rowTotals);
  const count = { right: right.toLocaleString("en") };
  const more = right ? say("{n} right", { n: told.text(right) }) : say("as many right");
  const said = signed ? [element("strong", {}, more), ". "] : [
    element("strong", {}, sayMany(all, "{right} of {n} digit right", "{right} of {n} digits right", count)),
    all ? ` (${percent(right / all, 2)}). ` : ". ",
  ];

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

  const readAs = (c) => {
    const digit = { digit: c };
    if (signed) return say("read as {digit}", digit);
    return sayMany(columnTotals[c], "all {n} digit read as {digit}", "all {n} digits read as {digit}", digit);
  };
  const being = (r) => {
    const digit = { digit: r };
    if (signed) return say("true {digit}", digit);
    return sayMany(rowTotals[r], "all {n} digit that are {digit}", "all {n} digits that are {digit}", digit);
  };

  const columnHeaders = classes.map((c) =>
    element(
      "th",
      { scope: "col" },
      button(-1, c, String(c), readAs(c), {
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
          element("span", {}, say("true")),
        ),
      ]),
      element(
        "th",
        { scope: "row" },
        button(r, -1, String(r), being(r), {
          "data-testid": `true-${r}`,
        }),
      ),
      ...classes.map((c) => {
        const n = counts[r][c];
        const cellSaid = { digit: r, answer: c, count: told.said(n, r, c) };
        const label = say("true {digit}, read as {answer}: {count}", cellSaid);
        const cell = button(r, c, told.text(n), label, { "data-testid": `cell-${r}-${c}` });
        // A mistake of one in a hundred must show beside a diagonal near 100%, so the scale is steep at its foot.
        cell.style.setProperty("--share", String(told.share(n, r) ** 0.35));
        return element("td", { class: told.kind(n, r, c) }, cell);
      }),
      element("td", { class: "total" }, told.total(rowTotals[r])),
    )
  );

  return element(
    "table",
    { "data-testid": "confusion" },
    element(
      "caption",
      {},
      ...(title ? [element("strong", {}, `${title}: `)] : []),
      ...said,
      say("Choose a cell to see its digits."),
    ),
    element(
      "colgroup",
      {},
      element("col", { class: "axis" }),
      element("col", { class: "header" }),
      element("col", { class: "cell", span: classes.length }),
      element("col", { class: "total" }),
    ),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td", { colspan: 2 }),
        element("th", { class: "axis", colspan: classes.length, scope: "colgroup" }, say("read as")),
        element("td"),
      ),
      element(
        "tr",
        {},
        element("td", { colspan: 2 }),
        ...columnHeaders,
        element("th", { class: "total", scope: "col" }, say("All")),
      ),
    ),
    element("tbody", {}, ...rows),
    element(
      "tfoot",
      {},
      element(
        "tr",
        {},
        element("th", { class: "total", colspan: 2, scope: "row" }, say("All")),
        ...columnTotals.map((n) => element("td", { class: "total" }, told.total(n))),
        element("td", { class: "total" }, told.total(all)),
      ),
    ),
  );
}

function legendOf(entries) {
  return entries.map(([kind, text, share = 1]) => {
    const entry = element("span", { class: kind }, text);
    entry.style.setProperty("--share", String(share ** 0.35));
    return entry;
  });
}

class ConfusionMatrix {
  constructor(root) {
    this.place = root.querySelector(".matrix");
    this.says = root.querySelector(".says");
    this.legend = root.querySelector(".legend");
    this.chosen = null;
    this.place.addEventListener("click", (event) => this.press(event.target.closest("button")));
    for (const name of ["pointerover", "focusin"]) {
      this.place.addEventListener(name, (event) => this.tell(event.target.closest("button")));
    }
    for (const name of ["pointerleave", "focusout"]) this.place.addEventListener(name, () => this.tell(null));
    moveWithArrows(this.place, (row, column) => this.button(row, column), (button) => this.cellOf(button));
  }

  show(data, send) {
    this.send = send;
    const drawn = JSON.stringify([data.counts, data.title, data.signed]);
    if (this.drawn === drawn) return;
    if (this.drawn === undefined) this.chosen = data.start;
    this.drawn = drawn;
    this.place.replaceChildren(tableOf(data.counts, data.title, data.signed));
    this.legend.replaceChildren(...legendOf((data.signed ? differing(data.counts) : counting([])).legend));
    fadeEdges(this.place, { stays: true });
    this.outline();
    this.tell(null);
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
  tell(button) {
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
