// Elements, and moving among buttons by keys: what every component does with its part of the page.

// One instance per mounted component, kept beside its root: Streamlit calls the default export again for every
// change of data, and what the user is doing must survive that.
const instances = new WeakMap();

export function instanceAt(root, make) {
  if (!instances.has(root)) instances.set(root, make());
  return instances.get(root);
}

// element("td", {class: "total"}, "12"): attributes that are null or false are left out.
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// Touch a text only when it changes.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// One Tab stop for a whole grid of buttons: arrows move among them, Home and End go to the ends of a row.
// `at(row, column)` gives the button there, or nothing; `place(button)` gives its [row, column].
export function moveWithArrows(container, at, place) {
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
    if (next) moveFocus(container, next);
  });
}

function moveFocus(container, button) {
  setTabStop(container, button);
  button.focus();
}

// Make `button` the one that Tab reaches, without taking the focus now.
export function setTabStop(container, button) {
  for (const other of container.querySelectorAll("button[tabindex='0']")) other.tabIndex = -1;
  button.tabIndex = 0;
}
