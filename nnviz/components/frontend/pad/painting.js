// Pixels that are written many times a second: grey digits, and layers in the colours of their values.

import { context2d } from "../shared/dom.js";
import { CIVIDIS, interpolate } from "../shared/colors.js";

const CELL_SIDE = 24; // pixels of a unit in its layer's picture, 2 of them the gap to its neighbour
const MANY_UNITS = 256; // units; more are drawn smaller

/**
 * A picture whose pixels are written many times a second: 32 bits at once, into the same memory.
 * @param {HTMLCanvasElement} canvas
 * @param {number} columns
 * @param {number} rows
 */
function createPixels(canvas, columns, rows) {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} width
   * @param {number} height
   */
  resize(canvas, columns, rows);
  const context = context2d(canvas);
  const picture = context.createImageData(columns, rows);
  return { pixels: new Uint32Array(picture.data.buffer), put: () => context.putImageData(picture, 0, 0) };
}

export function resize(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

// 256 colours of a map as whole pixels.
const tables = new Map();
/**
 * @param {number[][]} map
 * @returns {Uint32Array}
 */
function colorTable(map) {
  if (!tables.has(map)) {
    const bytes = new Uint8ClampedArray(4 * 256);
    for (let shade = 0; shade < 256; shade += 1) {
      bytes.set([...interpolate(map, shade / 255), 255], 4 * shade);
    }
    tables.set(map, new Uint32Array(bytes.buffer));
  }
  return tables.get(map);
}

// Grey pixels from black paper to white ink, as in MNIST. values: 28 * 28 from 0 to 1, or null for an empty picture.
const greys = new WeakMap();
/**
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number> | null} values
 */
export function paintGreys(canvas, values) {
  if (!greys.has(canvas)) greys.set(canvas, createPixels(canvas, 28, 28));
  const { pixels, put } = greys.get(canvas);
  for (let i = 0; i < pixels.length; i += 1) {
    pixels[i] = 0xff000000 + 0x010101 * (values ? Math.round(255 * values[i]) : 0);
  }
  put();
}

// A layer of single units: a square a unit, in reading order.
export class UnitsPainting {
  constructor(canvas, { rows, columns, units }) {
    this.canvas = canvas;
    this.columns = columns;
    this.units = units;
    this.cell = units > MANY_UNITS ? CELL_SIDE / 3 : CELL_SIDE;
    this.picture = createPixels(canvas, columns * this.cell, rows * this.cell);
  }

  paint(values, { map, low, top }) {
    this.canvas.classList.remove("unlit");
    const table = colorTable(map);
    const steps = top > low ? 255 / (top - low) : 0;
    const middle = low < 0 ? 128 : 0;
    for (let unit = 0; unit < this.units; unit += 1) {
      this.square(unit, table[steps ? Math.round((values[unit] - low) * steps) : middle]);
    }
    this.picture.put();
  }

  // A grey that the style sheet makes as faint as the theme needs.
  forget() {
    this.canvas.classList.add("unlit");
    for (let unit = 0; unit < this.units; unit += 1) this.square(unit, 0xff808080);
    this.picture.put();
  }

  square(unit, colour) {
    const { cell, columns, picture: { pixels } } = this;
    const wide = columns * cell;
    const gap = cell > 8 ? 1 : 0;
    const start = Math.floor(unit / columns) * cell * wide + (unit % columns) * cell;
    for (let y = gap; y < cell - 1; y += 1) {
      for (let at = start + y * wide + gap, end = start + y * wide + cell - 1; at < end; at += 1) {
        pixels[at] = colour;
      }
    }
  }
}

// A layer of maps: a pixel a unit, the maps side by side with a pixel between them.
export class MapsPainting {
  constructor(canvas, mosaic) {
    this.mosaic = mosaic;
    this.picture = createPixels(canvas, mosaic.columns, mosaic.rows);
  }

  paint(values, { map, low, top }) {
    const { picture: { pixels }, mosaic: { cells } } = this;
    const table = colorTable(map);
    const steps = top > low ? 255 / (top - low) : 0;
    const middle = low < 0 ? 128 : 0;
    for (let unit = 0; unit < cells.length; unit += 1) {
      pixels[cells[unit]] = table[steps ? Math.round((values[unit] - low) * steps) : middle];
    }
    this.picture.put();
  }

  forget() {
    for (const cell of this.mosaic.cells) this.picture.pixels[cell] = colorTable(CIVIDIS)[0];
    this.picture.put();
  }
}

/**
 * Where the units of `maps` maps of rows x columns lie in one picture, as square as can be: cells[unit] is the pixel of
 * a unit, unitAt(cell) the unit of a pixel, or null for what lies between the maps. Units come row by row, the maps of
 * a place side by side, as a convolution puts them out.
 * @param {{rows: number, columns: number, maps: number}} layer
 */
export function tileMaps({ rows, columns, maps }) {
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

/**
 * Rows and columns of single units, as square as can be: 100 units are 10 x 10, 64 are 8 x 8.
 * @param {number} units
 */
export function gridShape(units) {
  const columns = Math.ceil(Math.sqrt(units));
  return [Math.ceil(units / columns), columns];
}
