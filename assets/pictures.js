// Pictures made of cells whose values can be asked for: by pointer, by finger, and by the arrow keys.

const CELL = 24; // pixels of a unit in its layer's picture, 2 of them the gap to its neighbour

// Grey pixels from black paper to white ink, as in MNIST. bytes: (28 * 28) or null for an empty picture.
function paintSeen(canvas, bytes) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i += 1) {
    const grey = bytes ? bytes[i] : 0;
    picture.data.set([grey, grey, grey, 255], 4 * i);
  }
  context.putImageData(picture, 0, 0);
}

// A layer: a square a unit, in reading order; without values every unit is `unlit`.
function paintUnits(canvas, { rows, columns, units }, colourOfUnit) {
  resize(canvas, columns * CELL, rows * CELL);
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (let unit = 0; unit < units; unit += 1) {
    context.fillStyle = colourOfUnit(unit);
    context.fillRect((unit % columns) * CELL + 1, Math.floor(unit / columns) * CELL + 1, CELL - 2, CELL - 2);
  }
}

// A layer of maps: a pixel a unit, the maps side by side with a pixel between them. shadeOfUnit(unit): 0 to 255 in the
// colour map. Some 20,000 units are painted many times a second, so colours are written as whole pixels.
function paintMaps(canvas, mosaic, map, shadeOfUnit) {
  resize(canvas, mosaic.columns, mosaic.rows);
  const context = canvas.getContext("2d");
  const picture = context.createImageData(mosaic.columns, mosaic.rows);
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let shade = 0; shade < 256; shade += 1) bytes.set([...mixed(map, shade / 255), 255], 4 * shade);
  const [colours, pixels] = [new Uint32Array(bytes.buffer), new Uint32Array(picture.data.buffer)];
  for (let unit = 0; unit < mosaic.cells.length; unit += 1) pixels[mosaic.cells[unit]] = colours[shadeOfUnit(unit)];
  context.putImageData(picture, 0, 0);
}

// Where the units of `maps` maps of rows x columns lie in one picture, as square as can be: cells[unit] is the pixel of
// a unit, unitAt(cell) the unit of a pixel, or null for what lies between the maps.
function mosaicOf({ rows, columns, maps }) {
  const across = Math.ceil(Math.sqrt((maps * rows) / columns));
  const wide = across * (columns + 1) - 1;
  const high = Math.ceil(maps / across) * (rows + 1) - 1;
  const cells = new Uint32Array(maps * rows * columns);
  const units = new Map();
  for (let unit = 0; unit < cells.length; unit += 1) {
    const map = Math.floor(unit / (rows * columns));
    const within = unit % (rows * columns);
    const row = Math.floor(map / across) * (rows + 1) + Math.floor(within / columns);
    cells[unit] = row * wide + (map % across) * (columns + 1) + (within % columns);
    units.set(cells[unit], unit);
  }
  return { rows: high, columns: wide, cells, unitAt: (cell) => units.get(cell) ?? null };
}

function resize(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

// Let the cells of a picture be asked. `grid()` gives {rows, columns}; `tell(index)` the text of a cell, or nothing.
// `announce(text)` is told of what the keyboard reaches.
function tellOnHover(canvas, grid, tell, announce) {
  const frame = canvas.parentElement;
  const tip = element("p", { class: "tip", "data-testid": "tip", hidden: true });
  const mark = element("span", { class: "mark", hidden: true });
  frame.append(mark, tip);
  let place = null;

  const point = (next) => {
    const { rows, columns } = grid();
    const text = next && tell(next[0] * columns + next[1]);
    tip.hidden = mark.hidden = !text;
    place = text ? next : null;
    if (!text) return;
    tip.textContent = text;
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
    if (place) announce(tip.textContent);
  });
  return { refresh: () => place && point(place) };
}
