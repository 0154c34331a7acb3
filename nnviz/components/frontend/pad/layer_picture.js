// Pictures made of cells whose values can be asked for: by pointer, by finger, and by the arrow keys.

const CELL = 24; // pixels of a unit in its layer's picture, 2 of them the gap to its neighbour
const MANY = 256; // units; more are drawn smaller

// A picture whose pixels are written many times a second: 32 bits at once, into the same memory.
function pixelsOf(canvas, columns, rows) {
  resize(canvas, columns, rows);
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  return { pixels: new Uint32Array(picture.data.buffer), put: () => context.putImageData(picture, 0, 0) };
}

function resize(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

// 256 colours of a map as whole pixels.
const tables = new Map();
function tableOf(map) {
  if (!tables.has(map)) {
    const bytes = new Uint8ClampedArray(4 * 256);
    for (let shade = 0; shade < 256; shade += 1) bytes.set([...mixed(map, shade / 255), 255], 4 * shade);
    tables.set(map, new Uint32Array(bytes.buffer));
  }
  return tables.get(map);
}

// Grey pixels from black paper to white ink, as in MNIST. values: 28 * 28 from 0 to 1, or null for an empty picture.
const greys = new WeakMap();
function paintGreys(canvas, values) {
  if (!greys.has(canvas)) greys.set(canvas, pixelsOf(canvas, 28, 28));
  const { pixels, put } = greys.get(canvas);
  for (let i = 0; i < pixels.length; i += 1) {
    pixels[i] = 0xff000000 + 0x010101 * (values ? Math.round(255 * values[i]) : 0);
  }
  put();
}

// A layer of single units: a square a unit, in reading order.
class UnitsPainting {
  constructor(canvas, { rows, columns, units }) {
    Object.assign(this, { canvas, columns, units, cell: units > MANY ? CELL / 3 : CELL });
    Object.assign(this, pixelsOf(canvas, columns * this.cell, rows * this.cell));
  }

  paint(values, { map, low, top }) {
    this.canvas.classList.remove("unlit");
    const table = tableOf(map);
    const steps = top > low ? 255 / (top - low) : 0;
    const middle = low < 0 ? 128 : 0;
    for (let unit = 0; unit < this.units; unit += 1) {
      this.square(unit, table[steps ? Math.round((values[unit] - low) * steps) : middle]);
    }
    this.put();
  }

  // A grey that the style sheet makes as faint as the theme needs.
  forget() {
    this.canvas.classList.add("unlit");
    for (let unit = 0; unit < this.units; unit += 1) this.square(unit, 0xff808080);
    this.put();
  }

  square(unit, colour) {
    const { cell, columns, pixels } = this;
    const wide = columns * cell;
    const gap = cell > 8 ? 1 : 0;
    const start = Math.floor(unit / columns) * cell * wide + (unit % columns) * cell;
    for (let y = gap; y < cell - 1; y += 1) {
      for (let at = start + y * wide + gap, end = start + y * wide + cell - 1; at < end; at += 1) pixels[at] = colour;
    }
  }
}

// A layer of maps: a pixel a unit, the maps side by side with a pixel between them.
class MapsPainting {
  constructor(canvas, mosaic) {
    this.mosaic = mosaic;
    Object.assign(this, pixelsOf(canvas, mosaic.columns, mosaic.rows));
  }

  paint(values, { map, low, top }) {
    const { pixels, mosaic: { cells } } = this;
    const table = tableOf(map);
    const steps = top > low ? 255 / (top - low) : 0;
    const middle = low < 0 ? 128 : 0;
    for (let unit = 0; unit < cells.length; unit += 1) {
      pixels[cells[unit]] = table[steps ? Math.round((values[unit] - low) * steps) : middle];
    }
    this.put();
  }

  forget() {
    for (const cell of this.mosaic.cells) this.pixels[cell] = tableOf(CIVIDIS)[0];
    this.put();
  }
}

// Where the units of `maps` maps of rows x columns lie in one picture, as square as can be: cells[unit] is the pixel of
// a unit, unitAt(cell) the unit of a pixel, or null for what lies between the maps. Units come row by row, the maps of
// a place side by side, as a convolution puts them out.
function mosaicOf({ rows, columns, maps }) {
  const across = Math.ceil(Math.sqrt((maps * rows) / columns));
  const wide = across * (columns + 1) - 1;
  const high = Math.ceil(maps / across) * (rows + 1) - 1;
  const cells = new Uint32Array(maps * rows * columns);
  const units = new Map();
  for (let unit = 0; unit < cells.length; unit += 1) {
    const map = unit % maps;
    const within = Math.floor(unit / maps);
    const row = Math.floor(map / across) * (rows + 1) + Math.floor(within / columns);
    cells[unit] = row * wide + (map % across) * (columns + 1) + (within % columns);
    units.set(cells[unit], unit);
  }
  return { rows: high, columns: wide, cells, unitAt: (cell) => units.get(cell) ?? null };
}

// Let the cells of a picture be asked. `grid()` gives {rows, columns}; `tell(index)` the text of a cell, or nothing.
// `announce(text)` is told of what the keyboard reaches, `pointed(index or null)` of every cell that is asked.
function tellOnHover(canvas, grid, tell, announce, pointed = () => {}) {
  const frame = canvas.parentElement;
  const words = element("span");
  const sketch = element("canvas", { width: 28, height: 28, "aria-hidden": "true", hidden: true });
  const tip = element("div", { class: "tip", "data-testid": "tip", hidden: true }, sketch, words);
  const mark = element("span", { class: "mark", hidden: true });
  frame.append(mark, tip);
  let place = null;

  const point = (next) => {
    const { rows, columns } = grid();
    const text = next && tell(next[0] * columns + next[1]);
    tip.hidden = mark.hidden = !text;
    place = text ? next : null;
    pointed(text ? next[0] * columns + next[1] : null);
    if (!text) return;
    write(words, text);
    keepInside(tip, canvas);
    Object.assign(mark.style, {
      left: `${(100 * next[1]) / columns}%`, top: `${(100 * next[0]) / rows}%`,
      width: `${100 / columns}%`, height: `${100 / rows}%`,
    });
  };
  const under = (event) => {
    const { rows, columns } = grid();
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    return row >= 0 && row < rows && column >= 0 && column < columns ? [row, column] : null;
  };

  for (const name of ["pointermove", "pointerdown"]) canvas.addEventListener(name, (event) => point(under(event)));
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("blur", () => point(null));
  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const { rows, columns } = grid();
    const [down, right] = place ? steps[event.key] : [0, 0];
    const [row, column] = place ?? [0, 0];
    point([Math.min(rows - 1, Math.max(0, row + down)), Math.min(columns - 1, Math.max(0, column + right))]);
    if (place) announce(words.textContent);
  });
  return { refresh: () => place && point(place), sketch };
}

// The same for a list of items under each other.
function tellOfItems(list, items, tell, announce, pointed) {
  const tip = element("p", { class: "tip below", "data-testid": "tip", hidden: true });
  let place = null;
  const point = (next) => {
    const text = next !== null && tell(next);
    place = text ? next : null;
    items.forEach((item, i) => item.classList.toggle("asked", i === place));
    tip.hidden = place === null;
    pointed(place);
    if (place === null) return;
    write(tip, text);
    const item = items[place];
    tip.style.top = `${item.offsetTop + item.offsetHeight}px`;
    keepInside(tip, item);
    if (tip.classList.contains("above")) tip.style.top = `${item.offsetTop - tip.offsetHeight}px`;
  };
  items.forEach((item, i) => {
    for (const name of ["pointerenter", "pointerdown"]) item.addEventListener(name, () => point(i));
  });
  list.addEventListener("pointerleave", () => point(null));
  list.addEventListener("blur", () => point(null));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    point(place === null ? 0 : Math.min(items.length - 1, Math.max(0, place + step)));
    if (place !== null) announce(tip.textContent);
  });
  return { tip, refresh: () => place !== null && point(place) };
}

// A tip is moved aside as far as the component's edges ask for, and above what it tells of where there is no room below
// but there.
function keepInside(tip, anchor) {
  tip.style.marginLeft = "0";
  tip.classList.remove("above");
  const box = tip.getBoundingClientRect();
  const room = tip.closest(".component").getBoundingClientRect();
  const aside = Math.max(room.left - box.left, 0) || Math.min(room.right - box.right, 0);
  tip.style.marginLeft = `${aside}px`;
  tip.classList.toggle("above", box.bottom > innerHeight && anchor.getBoundingClientRect().top > box.height);
}
