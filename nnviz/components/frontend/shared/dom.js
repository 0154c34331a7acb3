// What the components share. Each file here is plain top-level functions; nnviz/canvas/parts.py joins the
// files a component needs into one module, and only a component's own file has an `export default`.

// One instance per mounted component, kept beside its root: Streamlit calls the default export again for every
// change of data, and what the user is doing must survive that.
const instances = new WeakMap();

function instanceAt(root, make) {
  if (!instances.has(root)) instances.set(root, make());
  return instances.get(root);
}

// element("td", {class: "total"}, "12"): attributes that are null or false are left out.
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// Touch a text only when it changes.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function bytesFrom(base64) {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

function floatsFrom(base64) {
  return new Float32Array(bytesFrom(base64).buffer);
}

function base64From(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

// "12 digits", "1 digit"
function counted(n, word) {
  return `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
}

// 0.98349 -> "98.3"; the figure space keeps the percent sign on the number's line.
function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)}\u00a0%`;
}

// One Tab stop for a whole grid of buttons: arrows move among them, Home and End go to the ends of a row.
// `at(row, column)` gives the button there, or nothing; `place(button)` gives its [row, column].
function moveWithArrows(container, at, place) {
  container.addEventListener("keydown", (event) => {
    const here = event.target.closest("button");
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
    if (next) focusOnly(container, next);
  });
}

function focusOnly(container, button) {
  offerOnly(container, button);
  button.focus();
}

// Make `button` the one that Tab reaches, without taking the focus now.
function offerOnly(container, button) {
  for (const other of container.querySelectorAll("button[tabindex='0']")) other.tabIndex = -1;
  button.tabIndex = 0;
}
