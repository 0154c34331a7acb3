// Elements, and moving among buttons by keys: what every component does with its part of the page.

// One instance per mounted component, kept beside its root: Streamlit calls the default export again for every
// change of data, and what the user is doing must survive that.
const instances = new WeakMap();

/**
 * @template T
 * @param {ParentNode} root
 * @param {() => T} make
 * @returns {T}
 */
export function instanceAt(root, make) {
  const known = instances.get(root);
  if (known) return known;
  const made = make();
  instances.set(root, made);
  root.querySelector(".component")?.classList.remove("loading");
  return made;
}

/**
 * element("td", {class: "total"}, "12"): attributes that are null or false are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/**
 * A text with elements where it names them: withElements("0 {colours} most", { colours: element("i") })
 * @param {string} text
 * @param {Record<string, Node | string>} elements
 */
export function withElements(text, elements) {
  return text.split(/\{(\w+)\}/).map((part, i) => i % 2 ? elements[part] ?? "" : part).filter((part) => part !== "");
}

/**
 * What is painted with on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [options]
 */
export function context2d(canvas, options) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", options));
}

/**
 * Touch a text only when it changes.
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * One Tab stop for a whole grid of buttons: arrows move among them, Home and End go to the ends of a row.
 * `at(row, column)` gives the button there, or nothing; `place(button)` gives its [row, column].
 * @param {HTMLElement} container
 * @param {(row: number, column: number) => any} at
 * @param {(button: any) => number[]} place
 */
export function moveWithArrows(container, at, place) {
  container.addEventListener("keydown", (event) => {
    const here = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
    const [row, column] = place(here);
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    let next;
    if (event.key in steps) {
      const [down, right] = steps[event.key];
      next = at(row + down, column + right);
    } else if (event.key === "Home" || event.key === "End") {
      const step = event.key === "Home" ? -1 : 1;
      for (let reach = column; at(row, reach); reach += step) next = at(row, reach);
    } else {
      return;
    }
    event.preventDefault();
    if (next) moveFocus(container, next);
  });
}

/**
 * @param {HTMLElement} container
 * @param {HTMLElement} button
 */
function moveFocus(container, button) {
  setTabStop(container, button);
  button.focus();
}

/**
 * Make `button` the one that Tab reaches, without taking the focus now.
 * @param {HTMLElement} container
 * @param {HTMLElement} button
 */
export function setTabStop(container, button) {
  const stops = /** @type {NodeListOf<HTMLElement>} */ (container.querySelectorAll("button[tabindex='0']"));
  for (const other of stops) other.tabIndex = -1;
  button.tabIndex = 0;
}

const CLICK_AFTER_MS = 700; // what follows a tap as its click

/**
 * Act when a button or a link is pressed. A finger's tap counts when it is lifted: of the first tap after a flick, which
 * stops the page, a browser makes no click.
 * @param {HTMLElement} target
 * @param {(event: MouseEvent) => void} act
 */
export function onPress(target, act) {
  let tapped = -Infinity;
  target.addEventListener("pointerup", (event) => {
    const { left, right, top, bottom } = target.getBoundingClientRect();
    const inside = left <= event.clientX && event.clientX <= right && top <= event.clientY && event.clientY <= bottom;
    if (event.pointerType !== "touch" || !inside) return;
    tapped = event.timeStamp;
    act(event);
  });
  target.addEventListener("click", (event) => {
    if (event.detail > 0 && event.timeStamp - tapped < CLICK_AFTER_MS) event.preventDefault();
    else act(event);
  });
}

const FAR = 8; // pixels sideways: from there on a finger drags

/**
 * Have a slider moved by a finger that drags it sideways or taps it, and not by one that scrolls the page over it. Its
 * style has to say `touch-action: pan-y`; it is to be called before anything else listens to it.
 * @param {HTMLInputElement} slider
 */
export function leaveSwipes(slider) {
  /** @type {{value: string, x: number} | null} */
  let down = null;
  const settle = (/** @type {string} */ value) => {
    down = null;
    slider.value = value;
    slider.dispatchEvent(new Event("input"));
  };
  slider.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") down = { value: slider.value, x: event.clientX };
  });
  slider.addEventListener("pointermove", (event) => {
    if (down && Math.abs(event.clientX - down.x) >= FAR) settle(slider.value);
  });
  slider.addEventListener("pointerup", () => down && settle(slider.value));
  slider.addEventListener("pointercancel", () => down && settle(down.value));
  slider.addEventListener("input", (event) => down && event.stopImmediatePropagation());
}
