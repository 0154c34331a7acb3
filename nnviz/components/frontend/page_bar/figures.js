// A button on every chart, which saves it: as a picture, as one of lines, or its numbers. Plotly has drawn it as SVG
// already, so nothing is asked of the server. It is seen while a mouse or the focus is on the chart, and after a tap.

import { chartNumbers } from "../shared/chart_numbers.js";
import { element, onPress } from "../shared/dom.js";
import { say } from "../shared/words.js";

const CHART = "[data-testid='stPlotlyChart']";
const LARGER = 2; // pixels of a PNG for each of the screen's
const LEFT_OUT = ".hoverlayer, .draglayer, .zoomlayer, .menulayer";
const NAMESPACE = "http://www.w3.org/2000/svg";

/** @returns {() => void} ends it */
export function offerToSave() {
  const listening = new AbortController();
  const { signal } = listening;
  /** @type {any} */
  let waiting = null;
  const look = () => {
    waiting = null;
    for (const chart of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(CHART))) furnish(chart);
  };
  const changes = new MutationObserver(() => waiting ??= setTimeout(look, 200));
  changes.observe(document.body, { childList: true, subtree: true });
  look();
  document.addEventListener("pointerup", ({ target }) => {
    for (const chart of document.querySelectorAll(CHART)) {
      const here = target instanceof Node && chart.contains(target);
      chart.classList.toggle("asked", here);
      if (!here) fold(chart);
    }
  }, { signal });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const chart of document.querySelectorAll(CHART)) fold(chart);
  }, { signal });
  return () => {
    changes.disconnect();
    clearTimeout(waiting);
    listening.abort();
  };
}

/** @param {HTMLElement} chart */
function furnish(chart) {
  const plot = /** @type {any} */ (chart.querySelector(".js-plotly-plot"));
  const { xaxis } = plot?._fullLayout ?? {};
  if (!xaxis?.visible || chart.querySelector(":scope > .save_chart")) return;
  const choices = element(
    "div",
    { class: "choices", hidden: true },
    choice(say("Picture (PNG)"), () => savePicture(chart, plot)),
    choice(say("Lines (SVG)"), () => save(chart, "svg", new Blob([linesOf(plot)], { type: "image/svg+xml" }))),
    choice(say("Numbers (CSV)"), () => save(chart, "csv", new Blob([numbersOf(plot)], { type: "text/csv" }))),
  );
  const opener = element(
    "button",
    { type: "button", class: "opener", "aria-expanded": "false", "aria-label": say("Save this chart") },
    say("Save"),
  );
  onPress(opener, () => {
    choices.hidden = !choices.hidden;
    opener.setAttribute("aria-expanded", String(!choices.hidden));
  });
  chart.append(element("div", { class: "save_chart" }, opener, choices));
}

function choice(/** @type {string} */ words, /** @type {() => void} */ act) {
  const button = element("button", { type: "button" }, words);
  onPress(button, act);
  return button;
}

/** @param {Element} chart */
function fold(chart) {
  const choices = /** @type {HTMLElement | null} */ (chart.querySelector(":scope > .save_chart > .choices"));
  if (!choices || choices.hidden) return;
  choices.hidden = true;
  choices.previousElementSibling?.setAttribute("aria-expanded", "false");
}

// What Plotly has drawn, in layers of the same size, as one SVG that needs no page.
function linesOf(/** @type {any} */ plot) {
  const layers = /** @type {SVGSVGElement[]} */ ([...plot.querySelectorAll(".main-svg")]);
  const { width, height } = plot._fullLayout;
  const whole = document.createElementNS(NAMESPACE, "svg");
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) {
    whole.setAttribute(name, String(value));
  }
  const paper = document.createElementNS(NAMESPACE, "rect");
  paper.setAttribute("width", "100%");
  paper.setAttribute("height", "100%");
  paper.setAttribute("fill", layers[0].style.backgroundColor || "none");
  whole.append(paper, ...layers.flatMap((layer) => [...layer.children].map((part) => part.cloneNode(true))));
  // The page's style sheets stay behind, which give letters their colour; and lines grow with a larger picture.
  const letters = layers.flatMap((layer) => [...layer.querySelectorAll("text")]);
  whole.querySelectorAll("text").forEach((text, i) => text.style.fill = getComputedStyle(letters[i]).fill);
  for (const line of /** @type {NodeListOf<SVGElement>} */ (whole.querySelectorAll("[style*='vector-effect']"))) {
    line.style.vectorEffect = "none";
  }
  for (const part of whole.querySelectorAll(LEFT_OUT)) part.remove();
  return new XMLSerializer().serializeToString(whole);
}

function numbersOf(/** @type {any} */ plot) {
  // What was asked for has the names and titles; what came of it, the numbers and places.
  const { layout, _fullLayout: placed, _fullData: drawn } = plot;
  const axis = (/** @type {string} */ way, /** @type {string | undefined} */ named) =>
    `${way}axis${(named ?? way).slice(1)}`;
  const several = new Set(drawn.map(({ xaxis, yaxis }) => `${xaxis} ${yaxis}`)).size > 1;
  const traces = drawn.map((/** @type {any} */ trace) => {
    const { visible, x, y, z, error_y, _input: asked } = trace;
    const [across, up] = [axis("x", trace.xaxis), axis("y", trace.yaxis)];
    const title = (/** @type {string} */ name) => layout[name]?.title?.text ?? layout[name]?.title ?? "";
    const chart = several ? titleAbove(placed, placed[across], placed[up]) : "";
    return { name: asked?.name, visible, x, y, z, error_y, across: title(across), up: title(up), chart };
  });
  const words = { chart: say("chart"), series: say("series"), across: "x", up: "y", value: say("value"), error: "±" };
  return `\ufeff${chartNumbers(traces, words)}`; // so that spreadsheets read it as UTF-8
}

// Of charts beside or below each other: the words that stand in the middle of that one's upper edge.
function titleAbove(/** @type {any} */ placed, /** @type {any} */ across, /** @type {any} */ up) {
  const middle = (across.domain[0] + across.domain[1]) / 2;
  const near = (/** @type {number} */ one, /** @type {number} */ other) => Math.abs(one - other) < 0.01;
  const title = placed.annotations?.find(({ xref, x, y }) =>
    xref === "paper" && near(x, middle) && near(y, up.domain[1])
  );
  return title?.text ?? "";
}

/** @param {HTMLElement} chart */
function savePicture(chart, /** @type {any} */ plot) {
  const { width, height } = plot._fullLayout;
  const address = URL.createObjectURL(new Blob([linesOf(plot)], { type: "image/svg+xml" }));
  const picture = new Image(LARGER * width, LARGER * height);
  picture.onload = () => {
    const canvas = element("canvas", { width: LARGER * width, height: LARGER * height });
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    canvas.toBlob((blob) => blob && save(chart, "png", blob), "image/png");
  };
  picture.src = address;
}

/**
 * @param {HTMLElement} chart
 * @param {string} suffix
 * @param {Blob} content
 */
function save(chart, suffix, content) {
  const words = (chart.getAttribute("aria-label") ?? "").split(/[.:]/)[0].toLowerCase();
  const name = words.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "chart";
  const address = URL.createObjectURL(content);
  element("a", { href: address, download: `${name}.${suffix}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  fold(chart);
}
