// What each station shows. A view is {element, paint(), choose()}: its part of the page, all of it painted anew, and the
// marks of what is chosen.

import { DIVERGING } from "../shared/colors.js";
import { element, setText } from "../shared/dom.js";
import { ramp } from "../shared/legend.js";
import { percent } from "../shared/text.js";
import { say } from "../shared/words.js";
import { Bars } from "./bars.js";
import { fates, gradient, greatest, lossOf, meanLoss } from "./arithmetic.js";
import { number } from "./formulas.js";
import { squareOf, Tiles } from "./tiles.js";
import { pooled } from "./places.js";
import { arrangementOf, patchAt } from "./way.js";

/**
 * @typedef {import("./lesson.js").OneStep} OneStep
 * @typedef {{element: HTMLElement, paint: () => void, choose: () => void, follow?: () => void}} View
 */

const [SMALL, SHEET, LARGE, UNIT] = [132, 400, 190, 150]; // pixels
const MAPS = 200; // of all maps of a convolution
const NUMBERS = 36; // weights of a kernel that are also written out

/**
 * From −top over white to top.
 * @param {HTMLElement} note
 * @param {number} top
 */
function scaleUnder(note, top) {
  note.replaceChildren("−", ramp(DIVERGING), "+", ` ${number(top)}`);
}

/**
 * @param {number} room pixels of the screen's width
 * @param {number} wanted
 */
function fitting(room, wanted) {
  return Math.min(wanted, Math.max(88, room));
}

/**
 * Pictures of all layers, as they stand in every station that shows them: the digit, and units of each layer.
 * @param {OneStep} lesson
 * @param {{title: (layer: number) => string, values: (layer: number) => ArrayLike<number>,
 *   how: "values" | "signed"}[]} rows what is shown of every hidden layer, one below the other
 * @param {Bars} answer
 * @param {() => void} paintAnswer
 * @param {Hand} last what happens when a row of the answer is pressed
 * @typedef {(row: number) => void} Hand
 * @returns {View}
 */
function layersView(lesson, rows, answer, paintAnswer, last) {
  const picture = new Tiles(say("The digit"), { rows: 28, columns: 28, count: 1 }, SMALL * lesson.grow, {
    name: ({ place }) => number(lesson.values[0][place]),
    choose: (at) => picture.show(at),
    look: (at) => setText(picture.note, at ? number(lesson.values[0][at.place]) : ""),
  });
  const hidden = lesson.layers.slice(0, -1).map((layer, n) => {
    const stack = element("div", { class: "stack" });
    const { rows: high, columns: wide } = layer.maps ?? { rows: 1, columns: 1 };
    const side = layer.maps ? fitting(lesson.room, MAPS * lesson.grow) : SMALL * lesson.grow;
    const all = rows.map(({ title, values, how }) => {
      const tiles = new Tiles(title(n), { rows: high, columns: wide, count: layer.units }, side, {
        name: ({ picture: unit, place }) =>
          say("unit {n}: {value}", { n: unit + 1, value: number(values(n)[place * layer.units + unit]) }),
        choose: ({ picture: unit, place }) => lesson.choose({ layer: n, unit, place }),
        look: (at) => lesson.look(at && { layer: n, unit: at.picture, place: at.place }),
      });
      stack.append(tiles.figure);
      return { tiles, paint: () => paintScaled(tiles, values(n), how), marked: true };
    });
    const pool = pooledTiles(lesson, n, side);
    if (pool && lesson.station === 0) {
      stack.append(pool.tiles.figure);
      all.push(pool);
    }
    return { n, stack, all };
  });
  pressRows(answer, last, (row) => lesson.look(row === null ? null : { layer: lesson.layers.length - 1, unit: row }));
  return {
    element: element("div", { class: "row" }, picture.figure, ...hidden.map(({ stack }) => stack), answer.figure),
    paint() {
      picture.paint(lesson.values[0], "grey");
      for (const { all } of hidden) for (const { paint } of all) paint();
      paintAnswer();
    },
    choose() {
      for (const { n, all } of hidden) {
        for (const { tiles, marked } of all) {
          if (marked && n === lesson.chosen.layer) {
            tiles.show({ picture: lesson.chosen.unit, place: lesson.chosen.place });
          } else tiles.mark.hidden = true;
        }
      }
    },
  };
}

/**
 * What is left of a layer's maps after the pooling that follows it.
 * @param {OneStep} lesson
 * @param {number} n
 * @param {number} side
 */
function pooledTiles(lesson, n, side) {
  const { pool, units, maps } = lesson.layers[n];
  if (!pool || !maps) return null;
  const values = () => pooled(pool, /** @type {Float64Array} */ (lesson.values[n + 1]), 1, units);
  const { rows, columns } = pool;
  const name = pool.mean
    ? say("after pooling: the mean of each window")
    : say("after pooling: the largest of each window");
  const tiles = new Tiles(name, { rows, columns, count: units }, (side * columns) / maps.columns, {
    name: ({ picture: unit, place }) =>
      say("unit {n}: {value}", { n: unit + 1, value: number(values()[place * units + unit]) }),
    choose: ({ picture: unit }) => lesson.choose({ layer: n, unit }),
    look: (at) => lesson.look(at && { layer: n, unit: at.picture }),
  });
  return { tiles, paint: () => paintScaled(tiles, values(), "values"), marked: false };
}

/**
 * @param {Tiles} tiles
 * @param {ArrayLike<number>} values
 * @param {"values" | "signed"} how
 */
function paintScaled(tiles, values, how) {
  const { low, top } = tiles.paint(values, how);
  if (low < 0 || how === "signed") scaleUnder(tiles.note, top);
  else tiles.note.textContent = say("0 to {top}", { top: number(top) });
}

/**
 * The rows of an answer can be pressed, and moved among with arrow keys.
 * @param {Bars} bars
 * @param {Hand} choose
 * @param {(row: number | null) => void} look
 */
function pressRows({ rows, figure }, choose, look) {
  const list = /** @type {HTMLElement} */ (figure.querySelector("ol"));
  const at = (event) => {
    const { top, height } = list.getBoundingClientRect();
    return Math.min(rows.length - 1, Math.max(0, Math.floor(((event.clientY - top) / height) * rows.length)));
  };
  list.addEventListener("pointermove", (event) => event.pointerType === "mouse" && look(at(event)));
  list.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && look(null));
  list.addEventListener("click", (event) => choose(at(event)));
}

/**
 * 1: sums and activations of each layer.
 * @param {OneStep} lesson
 */
export function forwardView(lesson) {
  const answer = new Bars(say("The answer"), ["said"]);
  const last = lesson.layers.length - 1;
  return layersView(
    lesson,
    [
      {
        title: (n) => say("{layer}: sums z", { layer: lesson.names[n] }),
        values: (n) => lesson.sums[n],
        how: "signed",
      },
      {
        title: (n) => say("after {activation}: a", { activation: lesson.activations[n] }),
        values: (n) => lesson.values[n + 1],
        how: "values",
      },
    ],
    answer,
    () => {
      const p = lesson.values[last + 1];
      answer.paint([p], (row) => percent(p[row]), lesson.label);
    },
    (unit) => lesson.choose({ layer: last, unit }),
  );
}

/**
 * 2: the ten probabilities against the truth.
 * @param {OneStep} lesson
 * @returns {View}
 */
export function lossView(lesson) {
  const bars = new Bars(say("What the network says, above; the truth, below"), ["said", "truth"]);
  const verdict = element("p", { class: "verdict" });
  return {
    element: element("div", { class: "row" }, bars.figure, verdict),
    paint() {
      const p = lesson.values[lesson.layers.length];
      const truth = Array.from(p, (_, row) => Number(row === lesson.label));
      bars.paint(
        [p, truth],
        (row) => say("{p} · {truth}", { p: percent(p[row]), truth: percent(truth[row], 0) }),
        lesson.label,
      );
      verdict.textContent = say("The loss looks only at the true digit: the surer the network is of it, the lower.");
    },
    choose() {},
  };
}

/**
 * 3: the delta of each layer, going back.
 * @param {OneStep} lesson
 */
export function deltaView(lesson) {
  const answer = new Bars(say("The answer: δ"), ["said"], true);
  const last = lesson.layers.length - 1;
  return layersView(
    lesson,
    [
      { title: (n) => say("{layer}: δ", { layer: lesson.names[n] }), values: (n) => lesson.deltas[n], how: "signed" },
      {
        title: () => say("its activations, to compare"),
        values: (n) => lesson.values[n + 1],
        how: "values",
      },
    ],
    answer,
    () => answer.paint([lesson.deltas[last]], (row) => number(lesson.deltas[last][row]), lesson.label),
    (unit) => lesson.choose({ layer: last, unit }),
  );
}

/**
 * Buttons for the layers, where there is more than one.
 * @param {OneStep} lesson
 * @param {...Node} more
 */
function layerButtons(lesson, ...more) {
  const { layers, names, chosen } = lesson;
  const place = element("div", { class: "layers", role: "group", "aria-label": say("Layer of weights") });
  const buttons = layers.map(({ inputs, units, maps, normal }, n) => {
    const size = normal
      ? `${units} × γ`
      : maps
      ? `${maps.kernel.slice(0, 2).join(" × ")} → ${units}`
      : `${inputs} → ${units}`;
    const button = element(
      "button",
      { type: "button", "aria-pressed": String(n === chosen.layer) },
      `${names[n]}: ${size}`,
    );
    button.addEventListener("click", () => lesson.chooseLayer(n));
    return button;
  });
  place.append(...(buttons.length > 1 ? buttons : []), ...more);
  return place;
}

/**
 * A unit's numbers, an input each, as a picture in the arrangement of the inputs.
 * @param {OneStep} lesson
 * @param {string} title
 * @param {(input: number) => number} value
 * @param {number} side
 */
function unitPicture(lesson, title, value, side) {
  const layer = lesson.layers[lesson.chosen.layer];
  const { grid, count, inputOf, placeOf } = gridOf(layer);
  const tiles = new Tiles(title, { ...grid, count: 1 }, side, {
    name: ({ place }) => say("input {n}: {value}", { n: inputOf(place) + 1, value: number(value(inputOf(place))) }),
    choose: ({ place }) => inputOf(place) >= 0 && lesson.choose({ ...lesson.chosen, input: inputOf(place) }),
    look: (at) => lesson.look(at && inputOf(at.place) >= 0 ? { ...lesson.chosen, input: inputOf(at.place) } : null),
  }, count);
  const paint = (/** @type {number | null} */ top = null) => {
    const values = Float64Array.from({ length: count }, (_, at) => inputOf(at) < 0 ? 0 : value(inputOf(at)));
    const scale = tiles.paint(values, "signed");
    scaleUnder(tiles.note, top ?? scale.top);
  };
  return { tiles, paint, show: () => tiles.show({ picture: 0, place: placeOf(lesson.chosen.input) }) };
}

/**
 * The picture of a unit's weights: which of them stands where.
 * @param {import("./arithmetic.js").Dense} layer
 */
function gridOf(layer) {
  const told = arrangementOf(layer);
  if (told) return { ...told, grid: { rows: told.rows, columns: told.columns }, count: told.rows * told.columns };
  const same = (/** @type {number} */ at) => at;
  return { grid: squareOf(layer.inputs), count: layer.inputs, inputOf: same, placeOf: same };
}

let withPenalty = false; // for when the station is shown again

/** @param {OneStep} lesson */
function penaltySwitch({ penalty }) {
  const box = element("input", { type: "checkbox", checked: withPenalty && penalty.alpha !== 0 });
  return { box, label: element("label", { class: "switch" }, box, say("with the part of the weight penalty (λ)")) };
}

/**
 * 4: the gradient of every weight of a layer, a picture a unit, and one of them large.
 * @param {OneStep} lesson
 * @returns {View}
 */
export function gradientView(lesson) {
  const n = lesson.chosen.layer;
  const { inputs, units, maps } = lesson.layers[n];
  const { grid, count, inputOf, placeOf } = gridOf(lesson.layers[n]);
  const words = { count: (inputs * units).toLocaleString("en") };
  const title = maps
    ? say("Gradients of all {count} weights: a picture a kernel", words)
    : say("Gradients of all {count} weights: a picture a unit", words);
  const sheet = new Tiles(title, { ...grid, count: units }, fitting(lesson.room, (maps ? MAPS : SHEET) * lesson.grow), {
    name: ({ picture }) => say("unit {n}", { n: picture + 1 }),
    choose: ({ picture, place }) =>
      inputOf(place) >= 0 && lesson.choose({ layer: n, unit: picture, input: inputOf(place) }),
    look: (at) => {
      const there = at && inputOf(at.place) >= 0;
      lesson.look(there ? { layer: n, unit: at.picture, input: inputOf(at.place) } : null);
    },
  }, count);
  /** @param {ArrayLike<number>} grads */
  const arranged = (grads) => {
    const made = new Float64Array(count * units);
    for (let at = 0; at < count; at += 1) {
      const input = inputOf(at);
      if (input < 0) continue;
      for (let j = 0; j < units; j += 1) made[at * units + j] = grads[input * units + j];
    }
    return made;
  };
  const { box, label } = penaltySwitch(lesson);
  const pure = gradient(lesson.layers[n], lesson.given[n], lesson.deltas[n], { ...lesson.penalty, alpha: 0 });
  const own = () => (box.checked ? lesson.grads[n] : pure);
  box.addEventListener("change", () => {
    withPenalty = box.checked;
    view.paint();
  });
  const large = unitPicture(lesson, " ", (i) => own()[i * units + lesson.chosen.unit], LARGE * lesson.grow);
  const kernel = maps ? kernelPictures(lesson, n) : null;
  const view = {
    element: element(
      "div",
      { class: "stack" },
      layerButtons(lesson, ...(lesson.penalty.alpha === 0 ? [] : [label])),
      element("div", { class: "row" }, sheet.figure, large.tiles.figure, ...(kernel ? kernel.figures : [])),
    ),
    paint() {
      const { top } = sheet.paint(arranged(own()), "signed");
      scaleUnder(sheet.note, top);
      large.paint();
    },
    choose() {
      const { unit, input } = lesson.chosen;
      sheet.show({ picture: unit, place: placeOf(input) });
      const name = maps
        ? say("Gradient of kernel {n}, large", { n: unit + 1 })
        : say("Unit {n}, large", { n: unit + 1 });
      setText(/** @type {Element} */ (large.tiles.figure.querySelector("figcaption")), name);
      large.tiles.frame.setAttribute("aria-label", name);
      large.paint();
      large.show();
      kernel?.paint();
    },
  };
  return view;
}

/**
 * Of the chosen kernel its deltas at every place, what it sees at the chosen one, and its gradient in numbers.
 * @param {OneStep} lesson
 * @param {number} n
 */
function kernelPictures(lesson, n) {
  const layer = lesson.layers[n];
  const { inputs, units } = layer;
  const { rows, columns } = /** @type {import("./places.js").Maps} */ (layer.maps);
  const { grid, count, inputOf } = gridOf(layer);
  const at = (/** @type {number} */ place) => lesson.deltas[n][place * units + lesson.chosen.unit];
  const side = SMALL * 1.25 * lesson.grow;
  const map = new Tiles(say("δ of this kernel at every place"), { rows, columns, count: 1 }, side, {
    name: ({ place }) => number(at(place)),
    choose: ({ place }) => lesson.choose({ ...lesson.chosen, place }),
    look: (found) => setText(map.note, found ? `δ = ${number(at(found.place))}` : ""),
  });
  const seen = () => patchAt(layer, lesson.given[n], lesson.chosen.place, lesson.chosen.unit);
  const patch = new Tiles(say("What it sees at the marked place"), { ...grid, count: 1 }, SMALL * lesson.grow, {
    name: ({ place }) => inputOf(place) < 0 ? "" : number(seen()[inputOf(place)]),
    choose: ({ place }) => inputOf(place) >= 0 && lesson.choose({ ...lesson.chosen, input: inputOf(place) }),
    look: (found) => {
      const there = found && inputOf(found.place) >= 0;
      setText(patch.note, there ? `x = ${number(seen()[inputOf(found.place)])}` : "");
    },
  }, count);
  const cells = inputs <= NUMBERS ? Array.from({ length: inputs }, () => element("td")) : [];
  const body = Array.from(
    { length: cells.length / grid.columns },
    (_, row) => element("tr", {}, ...cells.slice(row * grid.columns, (row + 1) * grid.columns)),
  );
  const table = element(
    "figure",
    {},
    element("figcaption", {}, say("Its gradient in numbers")),
    element("table", { class: "numbers", "data-testid": "kernel-numbers" }, element("tbody", {}, ...body)),
  );
  return {
    figures: [map.figure, patch.figure, ...(grid.rows * grid.columns === cells.length ? [table] : [])],
    paint() {
      const { unit, place, input } = lesson.chosen;
      map.paint(Float64Array.from({ length: rows * columns }, (_, p) => at(p)), "signed");
      map.show({ picture: 0, place });
      map.note.textContent = `δ = ${number(at(place))}`;
      const patched = seen();
      const how = n === 0 ? "grey" : "values";
      patch.paint(Float64Array.from({ length: count }, (_, p) => inputOf(p) < 0 ? 0 : patched[inputOf(p)]), how);
      patch.note.textContent = `x = ${number(patched[input])}`;
      cells.forEach((cell, p) => {
        cell.textContent = number(lesson.grads[n][inputOf(p) * units + unit]);
        cell.classList.toggle("chosen", inputOf(p) === input);
      });
    },
  };
}

const MARKS = { newly_right: "✓", newly_wrong: "✕" };

/**
 * 5: before, gradient, after; the answer and the loss before and after; and what became of other digits.
 * @param {OneStep} lesson
 * @returns {View}
 */
export function stepView(lesson) {
  const n = lesson.chosen.layer;
  const { units } = lesson.layers[n];
  const at = (/** @type {number} */ i) => i * units + lesson.chosen.unit;
  const weight = (/** @type {number} */ i) => lesson.layers[n].w[at(i)];
  const slope = (/** @type {number} */ i) => lesson.grads[n][at(i)];
  const side = fitting(lesson.room / 3 - 16, UNIT * lesson.grow);
  const pictures = [
    unitPicture(lesson, say("Weights before"), weight, side),
    unitPicture(lesson, say("Gradient"), slope, side),
    unitPicture(lesson, say("Weights after"), (i) => weight(i) - lesson.rate * slope(i), side),
  ];
  const answer = new Bars(say("The answer before, above; after, below"), ["before", "after"]);
  const verdict = element("p", { class: "verdict", "data-testid": "verdict" });
  const curve = curveOf(lesson);
  const cells = Array.from(lesson.labels, () => element("i"));
  const counts = element("p", { class: "verdict", "data-testid": "others" });
  const others = element(
    "figure",
    { class: "around" },
    element("figcaption", {}, say("{n} other digits, a square each", { n: cells.length })),
    element("div", { class: "others", "aria-hidden": "true" }, ...cells),
    counts,
  );
  const follow = () => {
    const { before, after, label, rate } = lesson;
    pictures[2].paint();
    const [was, is] = [before, after].map((all) => all.subarray(0, 10));
    answer.paint([was, is], (row) => `${percent(was[row])} → ${percent(is[row])}`, label);
    const [one, two] = [lossOf(was[label]), lossOf(is[label])];
    const [many, then] = [before, after].map((all) => meanLoss(all, lesson.labels));
    verdict.textContent = verdictOf(one, two, greatest(is) === label, then > 1.2 * many);
    curve.follow(rate);
    const told = fates(before, after, lesson.labels);
    const sum = { better: 0, worse: 0, newly_right: 0, newly_wrong: 0 };
    told.forEach(({ fate, better, worse }, i) => {
      if (cells[i].className !== fate) {
        cells[i].className = fate;
        cells[i].textContent = MARKS[fate] ?? "";
      }
      sum.better += Number(better);
      sum.worse += Number(worse);
      if (fate in MARKS) sum[fate] += 1;
    });
    setText(
      counts,
      say(
        "better {better} · worse {worse} · newly right ✓ {right} · newly wrong ✕ {wrong} · mean loss {before} → {after}",
        {
          before: number(many),
          after: number(then),
          better: sum.better,
          worse: sum.worse,
          right: sum.newly_right,
          wrong: sum.newly_wrong,
        },
      ),
    );
  };
  return {
    element: element(
      "div",
      { class: "stack" },
      layerButtons(lesson),
      element("div", { class: "row" }, ...pictures.map(({ tiles }) => tiles.figure)),
      element(
        "div",
        { class: "row" },
        element("div", { class: "stack around" }, answer.figure),
        element("div", { class: "stack around" }, verdict, curve.figure, others),
      ),
    ),
    paint() {
      for (const { paint } of pictures) paint();
      curve.paint();
      follow();
    },
    choose() {
      for (const { paint, show } of pictures) {
        paint();
        show();
      }
    },
    follow,
  };
}

/**
 * @param {number} before
 * @param {number} after
 * @param {boolean} right the answer, after it
 * @param {boolean} forgot the other digits' mean loss has risen by more than a fifth
 */
export function verdictOf(before, after, right, forgot) {
  const told = { before: number(before), after: number(after) };
  if (!Number.isFinite(after)) return say("Far too large: the numbers are beyond all bounds.");
  if (after > before) return say("Loss {before} → {after}: too large, the loss rises.", told);
  if (after > 0.95 * before) return say("Loss {before} → {after}: small, the loss hardly falls.", told);
  if (forgot) return say("Loss {before} → {after}: it falls, but the other digits are forgotten. Too large.", told);
  return right
    ? say("Loss {before} → {after}: it falls, and the answer is right.", told)
    : say("Loss {before} → {after}: it falls, and the answer is still wrong.", told);
}

const [LOW, HIGH] = [-4, 2]; // powers of ten of the learning rate
const [POINTS, FEW, FEWER] = [60, 24, 12]; // fewer where a step of convolutions takes longer to try

/**
 * The loss of the digit after a step of every size.
 * @param {OneStep} lesson
 */
function curveOf(lesson) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const part = (/** @type {string} */ name, /** @type {Record<string, string>} */ attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
    return node;
  };
  for (
    const [key, value] of Object.entries({
      class: "curve",
      viewBox: "0 0 100 100",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": say("The loss of this digit after a step of every size"),
    })
  ) svg.setAttribute(key, value);
  const level = part("line", { class: "now", x1: "0", x2: "100" });
  const lines = [part("polyline", { class: "many" }), part("polyline", {})];
  const mark = part("line", { y1: "0", y2: "100" });
  const key = (/** @type {string} */ name, /** @type {string} */ words) =>
    element("span", { class: `key ${name}` }, words);
  return {
    figure: element(
      "figure",
      { class: "losses" },
      element("figcaption", {}, say("Loss after a step, for learning rates from 0.0001 to 100")),
      svg,
      element("span", { class: "note" }, key("one", say("this digit")), key("many", say("the others"))),
    ),
    paint() {
      const { first, trial, label, labels } = lesson;
      const now = lossOf(first.after(0)[label]);
      svg.toggleAttribute("hidden", !Number.isFinite(now));
      if (!Number.isFinite(now)) return;
      const top = Math.max(2.5 * now, 2.5 * meanLoss(lesson.before, labels), 1e-12);
      const y = (/** @type {number} */ loss) => 100 - 100 * Math.min(1, (Number.isFinite(loss) ? loss : top) / top);
      const told = [
        {
          n: lesson.layers[0].maps ? FEWER : FEW,
          loss: (/** @type {number} */ rate) => meanLoss(trial.after(rate), labels),
        },
        { n: POINTS, loss: (/** @type {number} */ rate) => lossOf(first.after(rate)[label]) },
      ];
      told.forEach(({ n, loss }, which) => {
        const points = Array.from({ length: n + 1 }, (_, i) => {
          const rate = 10 ** (LOW + ((HIGH - LOW) * i) / n);
          return `${(100 * i) / n},${y(loss(rate)).toFixed(2)}`;
        });
        lines[which].setAttribute("points", points.join(" "));
      });
      for (const end of ["y1", "y2"]) level.setAttribute(end, y(now).toFixed(2));
    },
    follow(/** @type {number} */ rate) {
      const x = ((Math.log10(rate) - LOW) / (HIGH - LOW)) * 100;
      for (const end of ["x1", "x2"]) mark.setAttribute(end, x.toFixed(2));
    },
  };
}
