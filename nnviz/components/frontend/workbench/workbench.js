// The workbench itself: what was changed, what is chosen, and everything that follows from both.

import { stagesOf } from "../network/stages.js";
import { subscribe } from "../shared/channel.js";
import { element, onPress, setText } from "../shared/dom.js";
import { decimal, floatsFromBase64, percent } from "../shared/text.js";
import { say } from "../shared/words.js";
import { edited, messageOf, MOST_TEXT, noisy, normal } from "./edits.js";
import { lookOf, paintMap, paintWeights, placeOf } from "./pictures.js";
import { Bench, mostOf } from "./reading.js";
import { costs, costTable } from "./needed.js";
import { editInWords } from "./words.js";

const kept = new Map(); // by the network's digest: what was changed, for when the page is opened again
const BRUSH = 0.5; // of the greatest weight of the unit, a stroke

export class Workbench {
  constructor(root) {
    this.root = root;
    this.turn = 0;
    this.send = (/** @type {string} */ _text) => {};
    /** @type {Map<string, any>} */
    this.arrived = new Map();
    this.find = (selector) => root.querySelector(selector);
    this.sign = 1;
    this.channel = 0;
    /** @type {any} */
    this.data = null;
    /** @type {AbortController | null} */
    this.listening = null;
    /** @type {any} what was changed, taken back, and the score before */
    this.state = null;
    /** @type {any} */
    this.bench = null;
    /** @type {any} layer and unit */
    this.chosen = null;
    /** @type {any} how the unit's weights lie */
    this.look = null;
    /** @type {any} the answer of the network's own weights */
    this.own = null;
    /** @type {any} */
    this.noise = null;
    /** @type {any[]} */
    this.tiles = [];
    /** @type {any} */
    this.tilesOf = null;
    this.digit = new Float32Array();
    this.digits = new Float32Array();
    this.numbers = new Float32Array();
    /** @type {any[]} */
    this.labels = [];
    /** @type {any[]} */
    this.steps = [];
    this.name = "";
    this.began = 0;
    this.asked = 0;
    /** @type {any} the numbers after all edits */
    this.now = null;
    /** @type {number | null} */
    this.waiting = null;
    this.title = (/** @type {number} */ layer) => String(layer);
    for (const button of root.querySelectorAll("[data-act]")) onPress(button, () => this.act(button.dataset.act));
    for (const button of root.querySelectorAll("[data-brush]")) {
      onPress(button, () => {
        this.sign = Number(button.dataset.brush);
        for (const each of root.querySelectorAll("[data-brush]")) {
          each.setAttribute("aria-pressed", String(each === button));
        }
      });
    }
    this.find(".layer").addEventListener("change", (event) => this.choose(Number(event.target.value), 0));
    this.find(".channel select").addEventListener("change", (event) => {
      this.channel = Number(event.target.value);
      this.show();
    });
    this.find(".bias").addEventListener("change", (event) => {
      const value = Number(event.target.value);
      if (event.target.value !== "" && Number.isFinite(value)) this.edit({ what: "bias", ...this.chosen, value });
      else this.show();
    });
    this.listenToBrush(this.find(".paint"));
  }

  start(data, send) {
    this.turn += 1;
    this.send = send;
    this.find(".keeping").hidden = !data.keeps;
    this.data = data;
    const wanted = [data.digest, data.judges];
    for (const digest of this.arrived.keys()) if (!wanted.includes(digest)) this.arrived.delete(digest);
    this.listening?.abort();
    this.listening = new AbortController();
    subscribe("pad-data", (detail) => {
      const digest = detail.header?.digest ?? detail.digest;
      if (!wanted.includes(digest)) return;
      if (detail.what === "network") this.arrived.set(digest, detail);
      else if (detail.what === "missing") this.remark(say("The network could not be fetched: load the page again."));
      this.build();
    }, this.listening.signal);
    this.build();
    return this.turn;
  }

  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.asked += 1;
    if (this.bench) this.bench.turn += 1; // nobody looks at the score any more
  }

  build() {
    const { data } = this;
    const [network, judges] = [this.arrived.get(data.digest), this.arrived.get(data.judges)];
    if (!network || !judges) return;
    this.digit = floatsFromBase64(data.digit);
    const name = `${data.digest} ${data.judges}`;
    if (this.name !== name) {
      if (this.bench) this.bench.turn += 1;
      this.name = name;
      this.steps = network.header.steps;
      this.numbers = network.numbers;
      [this.digits, this.labels] = [judges.numbers, judges.header.labels];
      if (!kept.has(name)) kept.set(name, { edits: [], undone: [], before: null });
      this.state = kept.get(name);
      this.bench = new Bench(this.steps, this.numbers);
      const { layers } = this.bench;
      const stages = stagesOf(layers, { draws: false, rows: data.rows ?? [] });
      const titles = new Map(stages.map(({ layer, title }) => [layers.indexOf(layer), title]));
      this.title = (layer) => titles.get(layer) ?? layers[layer].name;
      const bent = [...layers.keys()].filter((i) => layers[i].weights.kernel && layers[i].kind !== "Conv2DTranspose");
      this.find(".layer").replaceChildren(...bent.map((i) => element("option", { value: i }, this.title(i))));
      this.find("tbody").replaceChildren(...Array.from({ length: 10 }, (_, digit) => row(digit)));
      this.choose(bent[0], 0, false);
    }
    this.follow();
  }

  act(what) {
    const { state } = this;
    if (!state) return;
    if (what === "undo" && state.edits.length) state.undone.push(state.edits.pop());
    else if (what === "redo" && state.undone.length) state.edits.push(state.undone.pop());
    else if (what === "reset") [state.edits, state.undone] = [[], []];
    else if (what === "silence") return this.edit({ what, ...this.chosen, on: !this.isSilent() });
    else if (what === "needed") return this.findNeeded();
    else if (what === "keep") return this.keep();
    else if (what === "prune") return this.ask(".share", (n) => this.edit({ what, share: n / 100 }));
    else if (what === "round") return this.ask(".bits", (n) => this.edit({ what, bits: Math.round(n) }));
    else if (what === "noise" || what === "digits") {
      return this.ask(
        ".amount",
        (amount) => this.ask(".seed", (seed) => this.edit({ what, amount, seed: Math.round(seed) })),
      );
    }
    this.follow();
  }

  /** Sends the list of edits; what became of it is said on the page below. */
  keep() {
    const text = messageOf(this.data.digest, this.state.edits);
    if (text.length > MOST_TEXT) setText(this.find(".kept"), say("These are too many changes to be kept."));
    else {
      setText(this.find(".kept"), "");
      this.send(text);
    }
  }

  /** What a field holds, if it may; else one sentence that says what it may hold. */
  ask(selector, take) {
    const field = this.find(selector);
    const [value, low, high] = [field.valueAsNumber, Number(field.min), Number(field.max)];
    if (value >= low && value <= high) take(value);
    else {
      this.remark(say("“{field}” takes a number from {low} to {high}.", {
        field: field.closest("label").querySelector("span").textContent,
        low: String(low),
        high: String(high),
      }));
    }
  }

  edit(edit) {
    this.state.edits.push(edit);
    this.state.undone = [];
    this.follow();
  }

  isSilent() {
    return this.bench.silent.get(this.chosen.layer)?.has(this.chosen.unit) ?? false;
  }

  remark(text) {
    setText(this.find(".says"), text);
  }

  choose(layer, unit, show = true) {
    if (this.chosen?.layer !== layer) {
      this.channel = 0;
      this.forgetNeeded();
    }
    this.chosen = { layer, unit };
    this.bench.workOn(layer);
    const at = this.bench.layers[layer];
    this.look = lookOf(at);
    this.find(".layer").value = String(layer);
    const channels = this.find(".channel");
    channels.hidden = this.look.channels < 2;
    const options = Array.from(
      { length: this.look.channels },
      (_, i) => element("option", { value: i }, String(i + 1)),
    );
    channels.querySelector("select").replaceChildren(...options);
    channels.querySelector("select").value = String(this.channel);
    if (this.tilesOf !== at) {
      this.tilesOf = at;
      this.tiles = Array.from({ length: this.look.units }, (_, i) => {
        const button = element("button", { type: "button" }, element("canvas"), element("i"));
        onPress(button, () => this.choose(layer, i));
        return button;
      });
      this.find(".units").replaceChildren(...this.tiles);
    }
    if (show) this.show();
  }

  /** From the list of edits to everything on the screen; the score comes when it is counted. */
  follow(/** @type {any[]} */ more = []) {
    const { state, bench } = this;
    const edits = [...state.edits, ...more];
    this.began = performance.now();
    this.now = edited(this.steps, this.numbers, edits);
    bench.take(this.now);
    this.forgetNeeded(); // it was found for other weights
    this.noise = edits.findLast(({ what }) => what === "digits") ?? null;
    this.remark("");
    this.show();
    if (state.before === null) {
      const own = new Bench(this.steps, this.numbers);
      own.judge(this.digits, this.labels, null, (score) => {
        if (score.read < this.labels.length) return;
        state.before = score;
        if (!edits.length) this.tell(score);
        else this.judge();
      });
      if (!edits.length) return;
    } else this.judge();
  }

  judge() {
    this.bench.judge(this.digits, this.labels, this.noise, (score) => this.tell(score));
  }

  tell(score) {
    const { before } = this.state;
    const share = (right, of) => of ? percent(right / of) : "–";
    const whole = score.read === this.labels.length;
    const values = { right: score.right, n: score.read, share: share(score.right, score.read) };
    const then = before ? share(before.right, before.read) : "–";
    setText(
      this.find(".score"),
      whole
        ? say("{share} right ({right} of {n}), {then} before", { ...values, then })
        : say("Counting: {right} of {n} right so far", values),
    );
    if (whole) this.find(".component").dataset.took = String(performance.now() - this.began);
    [...this.find("tbody").rows].forEach((line, digit) => {
      setText(line.cells[2], before ? share(before.rightOf[digit], before.ofClass[digit]) : "–");
      if (whole) setText(line.cells[3], share(score.rightOf[digit], score.ofClass[digit]));
    });
  }

  show() {
    const { bench, state, chosen, look } = this;
    const digit = this.noise ? noisy(this.digit, this.noise.amount, normal(this.noise.seed)) : this.digit;
    const answer = [...bench.read(digit)];
    if (this.own?.of !== `${this.name} ${this.data.digit}`) {
      this.own = {
        of: `${this.name} ${this.data.digit}`,
        answer: [...new Bench(this.steps, this.numbers).read(this.digit)],
      };
    }
    const layer = bench.layers[chosen.layer];
    const last = chosen.layer === bench.layers.length - 1;
    const silent = bench.silent.get(chosen.layer) ?? new Set();
    const maps = layer.shape.length === 3;
    let most = 0;
    for (const value of layer.values) most = Math.max(most, Math.abs(value));
    this.tiles.forEach((button, unit) => {
      if (maps) paintMap(button.firstChild, layer, unit, most);
      else paintWeights(button.firstChild, look, layer.weights.kernel, unit, 0);
      const value = maps ? null : layer.values[unit];
      button.lastChild.style.width = value === null || !most ? "0" : `${100 * Math.abs(value) / most}%`;
      button.setAttribute("aria-pressed", String(unit === chosen.unit));
      button.classList.toggle("silent", silent.has(unit));
      button.setAttribute(
        "aria-label",
        value === null
          ? say("Map {n}", { n: unit + 1 })
          : say("Unit {n}, value {value}", { n: unit + 1, value: decimal(value, 2) }),
      );
    });
    setText(this.find(".unit"), say("{layer}, number {n}", { layer: this.title(chosen.layer), n: chosen.unit + 1 }));
    const paint = this.find(".paint");
    paintWeights(paint, look, layer.weights.kernel, chosen.unit, this.channel);
    paint.setAttribute("aria-label", say("The weights of this unit: blue above nothing, red below"));
    const bias = this.find(".bias");
    bias.disabled = !layer.weights.bias;
    bias.value = layer.weights.bias ? String(Number(layer.weights.bias[chosen.unit].toFixed(5))) : "";
    const silence = this.find("[data-act=silence]");
    silence.disabled = last;
    this.find("[data-act=needed]").disabled = last;
    setText(silence, this.isSilent() ? say("Let it be heard again") : say("Silence it"));
    const [said, before] = [mostOf(answer), mostOf(this.own.answer)];
    setText(this.find(".reads"), say("Reads {digit}; before {before}", { digit: said, before }));
    [...this.find("tbody").rows].forEach((line, i) => {
      const [track, number] = line.cells[1].firstChild.children;
      track.children[0].style.width = `${100 * answer[i]}%`;
      track.children[1].style.left = `${100 * this.own.answer[i]}%`;
      setText(number, percent(answer[i]));
    });
    this.find("[data-act=undo]").disabled = !state.edits.length;
    this.find("[data-act=redo]").disabled = !state.undone.length;
    this.find("[data-act=keep]").disabled = state.edits.every(({ what }) => what === "digits");
    this.find("[data-act=reset]").disabled = !state.edits.length && !state.undone.length;
    this.find(".edits").replaceChildren(
      ...state.edits.map((edit) => element("li", {}, editInWords(edit, this.title))),
    );
  }

  forgetNeeded() {
    this.asked += 1;
    this.find(".needed").replaceChildren();
    setText(this.find(".progress"), "");
  }

  /** Silences each unit of the layer once; a change ends it. */
  async findNeeded() {
    this.forgetNeeded();
    const { asked, chosen, digits, labels, noise, look } = this;
    const go = (/** @type {number} */ done) => {
      if (asked !== this.asked) return false;
      setText(this.find(".progress"), say("{done} of {n} silenced once", { done, n: look.units }));
      return true;
    };
    const found = await costs(this.steps, this.now, chosen.layer, look.units, { digits, labels, noise }, go);
    if (!found || asked !== this.asked) return;
    this.find(".needed").replaceChildren(costTable(found, labels.length));
  }

  /** One stroke is one edit, in which each weight is changed once. */
  listenToBrush(canvas) {
    /** @type {any} */
    let stroke = null;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      const part = (x, from, size, cells) => Math.min(cells - 1, Math.max(0, Math.floor((x - from) / size * cells)));
      const { rows, columns } = this.look;
      return part(event.clientY, box.top, box.height, rows) * columns +
        part(event.clientX, box.left, box.width, columns);
    };
    const add = (place) => {
      const found = placeOf(this.look, this.chosen.unit, this.channel, place);
      if (found < 0 || stroke.places.includes(found)) return;
      stroke.places.push(found);
      this.waiting ??= requestAnimationFrame(() => {
        this.waiting = null;
        if (stroke) this.follow([stroke]);
      });
    };
    const begin = () => {
      const { kernel } = this.bench.layers[this.chosen.layer].weights;
      let most = 0;
      for (let i = this.chosen.unit; i < kernel.length; i += this.look.units) {
        most = Math.max(most, Math.abs(kernel[i]));
      }
      stroke = { what: "paint", layer: this.chosen.layer, places: [], by: this.sign * BRUSH * (most || 1) };
    };
    const end = () => {
      const done = stroke;
      stroke = null;
      if (done?.places.length) this.edit(done);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.bench || event.button) return;
      canvas.setPointerCapture(event.pointerId);
      begin();
      add(at(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (stroke) { for (const each of event.getCoalescedEvents?.() ?? [event]) add(at(each)); }
    });
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    let cursor = 0;
    canvas.addEventListener("keydown", (event) => {
      if (!this.bench || event.ctrlKey || event.metaKey || event.altKey) return;
      const { rows, columns } = this.look;
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      const sign = { "+": 1, "-": -1, "−": -1 }[event.key];
      if (!step && !sign) return;
      event.preventDefault();
      if (step) {
        cursor = Math.min(rows * columns - 1, Math.max(0, cursor + step));
        const [row, column] = [Math.floor(cursor / columns) + 1, cursor % columns + 1];
        this.remark(say("At row {row}, column {column}", { row, column }));
        return;
      }
      const own = this.sign;
      this.sign = sign;
      begin();
      this.sign = own;
      add(cursor);
      end();
    });
  }
}

/** @param {number} digit */
function row(digit) {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, String(digit)),
    element(
      "td",
      {},
      element("div", { class: "bar" }, element("div", {}, element("i"), element("b")), element("span")),
    ),
    element("td", {}, "–"),
    element("td", {}, "–"),
  );
}
