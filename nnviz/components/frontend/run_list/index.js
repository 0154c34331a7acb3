// Runs as a table whose lines can be ticked and opened; where it is narrow, a line is a name and a score, and the rest
// comes when it is asked for.
//
// data: {columns: [[title, kind]], rows: [{id, title, score, cells}], start: ids, back: id or ""}; the kind of a column
// is "number", "wide" or "". Sends `chosen`: the ids that are ticked, in the order of the list, and `opened`: an id.

import { element, instanceAt } from "../shared/dom.js";
import { say } from "../shared/words.js";

class RunList {
  constructor(root) {
    this.head = root.querySelector("thead");
    this.body = root.querySelector("tbody");
    /** @type {Set<string>} */
    this.ticked = new Set();
    /** @type {Set<string>} */
    this.unfolded = new Set();
    root.querySelector("table").addEventListener("change", (event) => this.tick(event.target));
    this.body.addEventListener("click", (event) => this.press(event.target.closest("button")));
  }

  show(data, send, open) {
    this.send = send;
    this.open = open;
    const drawn = JSON.stringify([data.columns, data.rows]);
    if (this.drawn === drawn) return;
    if (this.drawn === undefined) this.ticked = new Set(data.start);
    const first = this.drawn === undefined;
    this.drawn = drawn;
    this.rows = data.rows;
    this.head.replaceChildren(headOf(data.columns));
    this.body.replaceChildren(...data.rows.map((row) => lineOf(row, data.columns)));
    this.mark();
    // After the run that was open has been left: where it stands in the list.
    if (first && data.back) requestAnimationFrame(() => this.goTo(data.back));
  }

  lines() {
    return /** @type {HTMLElement[]} */ ([...this.body.children]);
  }

  goTo(id) {
    const button = this.lines().find((line) => line.dataset.run === id)?.querySelector("button");
    if (!button) return;
    button.scrollIntoView({ block: "center" });
    button.focus({ preventScroll: true });
  }

  tick(box) {
    const run = box.closest("tr").dataset.run;
    for (const { id } of run ? [{ id: run }] : this.rows) this.ticked[box.checked ? "add" : "delete"](id);
    this.mark();
    this.send(this.rows.map((row) => row.id).filter((id) => this.ticked.has(id)));
  }

  press(button) {
    if (!button) return;
    const { run } = button.closest("tr").dataset;
    if (!button.hasAttribute("aria-expanded")) return this.open(run);
    this.unfolded[this.unfolded.has(run) ? "delete" : "add"](run);
    this.mark();
  }

  mark() {
    for (const line of this.lines()) {
      const id = line.dataset.run ?? "";
      line.classList.toggle("ticked", this.ticked.has(id));
      line.classList.toggle("open", this.unfolded.has(id));
      /** @type {HTMLInputElement} */ (line.querySelector("input")).checked = this.ticked.has(id);
      line.querySelector("[aria-expanded]")?.setAttribute("aria-expanded", String(this.unfolded.has(id)));
    }
    const all = this.head.querySelector("input");
    if (!all) return;
    const ticked = this.rows.filter((row) => this.ticked.has(row.id)).length;
    all.checked = ticked > 0 && ticked === this.rows.length;
    all.indeterminate = ticked > 0 && ticked < this.rows.length;
  }
}

function headOf(columns) {
  return element(
    "tr",
    { role: "row" },
    element("td", { class: "tick", role: "cell" }, box(say("Tick all of this page"))),
    element("th", { scope: "col", role: "columnheader" }, say("Run")),
    element("th", { scope: "col", role: "columnheader", class: "number" }, say("Score")),
    ...columns.map(([title, kind]) => element("th", { scope: "col", role: "columnheader", class: kind }, title)),
  );
}

function lineOf(row, columns) {
  return element(
    "tr",
    { role: "row", "data-run": row.id },
    element("td", { class: "tick", role: "cell" }, box(say("Tick {run}", { run: row.title }))),
    element(
      "th",
      { class: "name", scope: "row", role: "rowheader" },
      element("button", { type: "button", "aria-label": say("Open {run}", { run: row.title }) }, row.title),
    ),
    element("td", { class: "score number", role: "cell" }, row.score),
    element(
      "td",
      { class: "more", role: "cell" },
      element("button", {
        type: "button",
        "aria-expanded": "false",
        "aria-label": say("More of {run}", { run: row.title }),
      }),
    ),
    ...columns.map(([title, kind], i) =>
      element("td", { class: `rest ${kind}`.trim(), role: "cell", "data-title": title }, row.cells[i])
    ),
  );
}

function box(label) {
  return element("label", {}, element("input", { type: "checkbox", "aria-label": label }));
}

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  instanceAt(parentElement, () => new RunList(parentElement)).show(
    data,
    (ids) => setStateValue("chosen", ids),
    (id) => setTriggerValue("opened", id),
  );
}
