// The numbers of a code as bars: pull one, and the decoded digit changes at once. Or two digits, and the way from one
// code to the other. Both for an autoencoder and for PCA, side by side.
//
// data: {mode: "bars" | "morph", pictures: base64 of n * 784 bytes, one digit or two, panels: [{title, digest: of the
// decoder's program, which a courier brings (see pad_data), codes: base64 of n * size float32, low: [size], high: [size],
// mean: [size], shown: numbers with a bar}], token}.

import { createNetwork } from "../network/interpreter.js";
import { bytesFromBase64, decimal, floatsFromBase64, percent } from "../shared/text.js";
import { subscribe } from "../shared/channel.js";
import { interpolate, RED_BLUE } from "../shared/colors.js";
import { context2d, element, instanceAt, leaveSwipes } from "../shared/dom.js";
import { inkLegend } from "../shared/legend.js";
import { say } from "../shared/words.js";

const SIDE = 28;
const kept = new Map(); // what was chosen and pulled, for when the page is opened again

class CodeSliders {
  constructor(root) {
    this.morphing = root.querySelector(".morphing");
    this.slider = this.morphing.querySelector("input");
    this.place = root.querySelector(".panels");
    this.says = root.querySelector(".says");
    this.pixels = new Uint8Array();
    this.turn = 0;
    /** @type {Map<string, any>} */
    this.arrived = new Map(); // decoders by digest
    leaveSwipes(this.slider);
    this.slider.addEventListener("input", () => {
      this.state.way = Number(this.slider.value);
      this.later();
    });
  }

  // An earlier call's clean-up may come after a later call: only the last one's counts.
  start(data) {
    this.turn += 1;
    this.data = data;
    const wanted = data.panels.map(({ digest }) => digest);
    for (const digest of this.arrived.keys()) if (!wanted.includes(digest)) this.arrived.delete(digest);
    this.listening?.abort();
    this.listening = new AbortController();
    subscribe("pad-data", (detail) => this.receive(detail, wanted), this.listening.signal);
    this.show();
    return this.turn;
  }

  stop(turn) {
    if (turn === this.turn) this.listening?.abort();
  }

  receive(detail, wanted) {
    const digest = detail.header?.digest ?? detail.digest;
    if (!wanted.includes(digest)) return;
    if (detail.what === "missing") {
      this.says.textContent = say("The network could not be fetched: load the page again.");
      this.says.classList.remove("unseen");
    } else if (detail.what === "network") {
      this.arrived.set(digest, detail);
      this.show();
    }
  }

  show() {
    const { data } = this;
    if (this.token === data.token || data.panels.some(({ digest }) => !this.arrived.has(digest))) return;
    this.token = data.token;
    this.says.textContent = "";
    this.says.classList.add("unseen");
    this.pixels = bytesFromBase64(data.pictures);
    const first = { way: 0.5, codes: null };
    if (!kept.has(data.token)) kept.set(data.token, first);
    this.state = kept.get(data.token);
    this.panels = data.panels.map((panel) => this.panel(panel));
    const morph = data.mode === "morph";
    this.morphing.hidden = !morph;
    this.slider.value = this.state.way;
    this.place.replaceChildren(...this.panels.map(({ article }) => article));
    if (this.state.codes && !morph) this.panels.forEach((panel, i) => panel.pull(this.state.codes[i]));
    else this.restart();
    this.paint();
  }

  panel(data) {
    const { header, numbers } = this.arrived.get(data.digest);
    const decode = createNetwork(header.steps, numbers).run;
    const codes = floatsFromBase64(data.codes);
    const size = data.mean.length;
    const own = (digit) => codes.slice(digit * size, (digit + 1) * size);
    const morph = this.data.mode === "morph";
    const names = morph
      ? [say("The first"), say("On the way"), say("The second")]
      : [say("The digit"), say("Decoded"), say("Difference")];
    const pictures = names.map((name, i) => {
      const canvas = digitCanvas(["digit", "decoded", "difference"][i]);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${data.title}: ${name}`);
      return element(
        "figure",
        {},
        canvas,
        element("figcaption", {}, name, ...(!morph && i === 2 ? [" ", inkLegend()] : [])),
      );
    });
    const error = element("p", { class: "error", "data-testid": "code-error" });
    const film = element(
      "div",
      { class: "film", "aria-hidden": "true" },
      ...Array.from({ length: morph ? 9 : 0 }, () => digitCanvas()),
    );
    const bars = morph ? [] : Array.from(data.shown, (number) => this.bar(data, number));
    const act = (label, code) => {
      const button = element("button", { type: "button" }, label);
      button.addEventListener("click", () => {
        panel.pull(code());
        this.keep();
        this.paint();
      });
      return button;
    };
    const acts = morph ? [] : [
      act(say("The digit's own code"), () => own(0)),
      act(say("The average code"), () => Float32Array.from(data.mean)),
    ];
    const panel = {
      data,
      decode,
      own,
      error,
      film,
      bars,
      code: own(0),
      canvases: pictures.map((figure) => figure.firstChild),
      pull(code) {
        panel.code = Float32Array.from(code);
        for (const bar of bars) bar.set(panel.code[bar.number]);
      },
    };
    bars.forEach((bar) =>
      bar.input.addEventListener("input", () => {
        panel.code[bar.number] = Number(bar.input.value);
        bar.set(panel.code[bar.number]);
        this.keep();
        this.later();
      })
    );
    panel.article = element(
      "article",
      { "aria-label": data.title, "data-testid": "code-panel" },
      element("h2", {}, data.title),
      element("div", { class: "pictures" }, ...pictures),
      film,
      error,
      element("div", { class: "acts" }, ...acts),
      element("div", { class: "bars" }, ...bars.map(({ row }) => row)),
    );
    return panel;
  }

  bar(data, number) {
    const [low, high] = [data.low[number], data.high[number]];
    const input = element("input", {
      type: "range",
      min: low,
      max: high,
      step: "any",
      "aria-label": say("{panel}, number {n}", { panel: data.title, n: number + 1 }),
    });
    leaveSwipes(input);
    const value = element("span", {});
    const part = (x) => Math.min(100, Math.max(0, (100 * (x - low)) / (high - low || 1)));
    const set = (x) => {
      input.value = x;
      value.textContent = decimal(x, 2);
      input.setAttribute("aria-valuetext", decimal(x, 2));
      const [from, to] = [part(0), part(x)].sort((a, b) => a - b);
      const [paper, ink] = ["var(--line)", "var(--st-primary-color)"];
      input.style.setProperty(
        "--fill",
        `linear-gradient(to right, ${paper} ${from}%, ${ink} ${from}%, ${ink} ${to}%, ${paper} ${to}%)`,
      );
    };
    // A step of the arrow keys is a hundredth of the bar; the browser's own, for steps of any size, differ.
    input.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (!way) return;
      event.preventDefault();
      input.value = String(Math.min(high, Math.max(low, Number(input.value) + (way * (high - low)) / 100)));
      input.dispatchEvent(new Event("input"));
    });
    return {
      number,
      input,
      set,
      row: element("label", { class: "bar" }, element("span", {}, String(number + 1)), input, value),
    };
  }

  restart() {
    for (const panel of this.panels) panel.pull(panel.own(0));
    this.keep();
  }

  keep() {
    this.state.codes = this.panels.map((panel) => panel.code);
  }

  // At most once a frame, however fast the finger is.
  later() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.paint();
    });
  }

  paint() {
    for (const panel of this.panels) {
      this.data.mode === "morph" ? this.paintWay(panel) : this.paintBars(panel);
    }
  }

  paintBars({ canvases, decode, code, error }) {
    const digit = this.pixels.subarray(0, SIDE * SIDE);
    const drawn = decode(code);
    paintGrey(canvases[0], (i) => digit[i]);
    paintGrey(canvases[1], (i) => Math.round(255 * drawn[i]));
    paintWith(canvases[2], (i) => interpolate(RED_BLUE, (1 + drawn[i] - digit[i] / 255) / 2));
    const squares = drawn.reduce((sum, value, i) => sum + (value - digit[i] / 255) ** 2, 0);
    error.textContent = say("Error: {error}", { error: (squares / drawn.length).toFixed(4) });
  }

  paintWay({ canvases, film, decode, own }) {
    const [one, other] = [0, 1].map(own);
    const between = (way) => decode(one.map((value, i) => (1 - way) * value + way * other[i]));
    [0, this.state.way, 1].forEach((way, i) => paintDrawn(canvases[i], between(way)));
    [...film.children].forEach((canvas, i, all) => paintDrawn(canvas, between(i / (all.length - 1))));
    this.slider.setAttribute("aria-valuetext", percent(this.state.way, 0));
  }
}

function digitCanvas(/** @type {string | null} */ testid = null) {
  return element("canvas", { width: SIDE, height: SIDE, "data-testid": testid });
}

function paintWith(canvas, colourOf) {
  const picture = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) picture.data.set([...colourOf(i), 255], 4 * i);
  context2d(canvas).putImageData(picture, 0, 0);
}

function paintGrey(canvas, greyOf) {
  paintWith(canvas, (i) => {
    const grey = greyOf(i);
    return [grey, grey, grey];
  });
}

function paintDrawn(canvas, drawn) {
  paintGrey(canvas, (i) => Math.round(255 * drawn[i]));
}

export default function ({ parentElement, data }) {
  const sliders = instanceAt(parentElement, () => new CodeSliders(parentElement));
  const turn = sliders.start(data);
  return () => sliders.stop(turn);
}
