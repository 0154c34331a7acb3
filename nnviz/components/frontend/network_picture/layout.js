// How large everything is: stages side by side, or below each other where that is too narrow, and the small pictures in
// each.

/**
 * @typedef {import("../network/stages.js").Stage} Stage
 * @typedef {{across: number, down: number, width: number, height: number, gap: number}} Tiles `across` pictures side by
 *   side and `down` below each other, each of that size, `gap` apart
 * @typedef {{width: number, height: number, tiles: Tiles}} Box
 */

const NARROWEST = 84; // pixels a stage may take in a row, with its share of the room for lines
const RAGGED = 0.75; // how much a picture with a last row that is not full is worth
/** @type {Record<string, number>} */
const SHARES = { digit: 1.5, drawn: 1.5, units: 1.4, maps: 1.6, answer: 1.5, weights: 1.4 };
/** @type {Record<string, number>} */
const LEAST = { digit: 132, drawn: 132, answer: 136 };
const ROWS = 240; // the ten answers below each other
/** @type {Record<string, number>} */
const MOST = { digit: 460, drawn: 460, answer: 320 };

/**
 * Tiles as large as they fit into a box.
 * @param {{kind?: string, rows: number, columns: number, count: number}} pictures
 * @param {number} width
 * @param {number} height
 * @param {number} most the longer side of a picture at most
 * @returns {Tiles}
 */
export function fitTiles({ kind, rows, columns, count }, width, height, most) {
  const units = rows === 1 && columns === 1;
  const gap = units ? (count > 400 ? 0 : 2) : kind === "weights" ? 6 : 3;
  const longer = Math.max(rows, columns);
  /** @type {Tiles | null} */
  let best = null;
  let score = 0;
  for (let across = 1; across <= count; across += 1) {
    const down = Math.ceil(count / across);
    const scale = Math.min(
      (width - gap * (across - 1)) / across / columns,
      (height - gap * (down - 1)) / down / rows,
      most / longer,
    );
    const own = scale * (count % across ? RAGGED : 1);
    if (best && own <= score) continue;
    score = own;
    best = { across, down, width: Math.max(scale, 0.5) * columns, height: Math.max(scale, 0.5) * rows, gap };
  }
  return /** @type {Tiles} */ (best);
}

/**
 * @param {Tiles} tiles
 * @returns {Box}
 */
function boxAround(tiles) {
  const { across, down, width, height, gap } = tiles;
  return { width: across * (width + gap) - gap, height: down * (height + gap) - gap, tiles };
}

/**
 * Whether stages stand in a row in that width.
 * @param {number} stages
 * @param {number} width
 * @param {number} type how large the type is, where 1 is the theme's own size
 */
export function inRow(stages, width, type = 1) {
  return width / stages >= NARROWEST * type && width >= 600 * type;
}

/**
 * The size of each stage's picture.
 * @param {{kind: string, rows: number, columns: number, count: number}[]} stages
 * @param {number} width
 * @param {number} height of a row
 * @param {number} type how large the type is, where 1 is the theme's own size
 * @returns {Box[]}
 */
export function layOut(stages, width, height, type = 1) {
  if (!inRow(stages.length, width, type)) return stages.map((stage) => boxBelow(stage, width, type));
  const gap = Math.min(150, Math.max(22, (width / stages.length - 40) * 0.32));
  const room = width - gap * (stages.length - 1);
  const sum = (some) => some.reduce((total, { kind }) => total + SHARES[kind], 0);
  // The digit and the answer are given no less than they need to be read, the others share the rest.
  const own = ({ kind }) =>
    Math.max((LEAST[kind] ?? 0) * type, Math.min((room * SHARES[kind]) / sum(stages), MOST[kind] ?? room));
  const fixed = stages.filter(({ kind }) => kind in LEAST);
  const rest = room - fixed.reduce((total, stage) => total + Math.min(own(stage), height), 0);
  const others = sum(stages.filter(({ kind }) => !(kind in LEAST)));
  return stages.map((stage) => {
    if (stage.kind === "answer") return bars(own(stage), Math.max(Math.min(height, 460), ROWS * type));
    if (stage.kind in LEAST) {
      const side = Math.min(own(stage), height);
      return boxAround({ across: 1, down: 1, width: side, height: side, gap: 0 });
    }
    const share = (rest * SHARES[stage.kind]) / others;
    return boxAround(fitTiles(stage, share, height, stage.kind === "units" ? 44 : 150));
  });
}

/**
 * @param {{kind: string, rows: number, columns: number, count: number}} stage
 * @param {number} width
 * @param {number} type
 * @returns {Box}
 */
function boxBelow(stage, width, type) {
  if (stage.kind === "answer") return bars(width, 320 * type);
  if (stage.kind === "digit" || stage.kind === "drawn") {
    const side = Math.min(width * 0.6, 220);
    return boxAround({ across: 1, down: 1, width: side, height: side, gap: 0 });
  }
  const units = stage.kind === "units";
  return boxAround(fitTiles(stage, width, units ? 260 : 340, units ? 44 : 88));
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {Box}
 */
function bars(width, height) {
  return { width, height, tiles: { across: 1, down: 10, width, height: height / 10, gap: 0 } };
}

/**
 * The middle of a unit within its stage's picture; of a place in a map, of that place.
 * @param {{kind: string, rows: number, columns: number, count: number}} stage
 * @param {Tiles} tiles
 * @param {number} unit
 * @returns {{x: number, y: number, width: number, height: number}} the cell's middle and size
 */
export function cellOf({ kind, rows, columns, count }, { across, width, height, gap }, unit) {
  const picture = kind === "digit" || kind === "drawn" ? 0 : unit % count;
  const place = kind === "digit" || kind === "drawn" ? unit : Math.floor(unit / count);
  const cell = { width: width / columns, height: height / rows };
  return {
    x: (picture % across) * (width + gap) + ((place % columns) + 0.5) * cell.width,
    y: Math.floor(picture / across) * (height + gap) + (Math.floor(place / columns) + 0.5) * cell.height,
    ...cell,
  };
}

/**
 * The unit at a point of a stage's picture, the nearest if it lies between two; null where there is none.
 * @param {{kind: string, rows: number, columns: number, count: number}} stage
 * @param {Tiles} tiles
 * @param {number} x
 * @param {number} y
 */
export function unitAt({ kind, rows, columns, count }, { across, down, width, height, gap }, x, y) {
  const within = (n, most) => Math.min(most - 1, Math.max(0, n));
  const [over, below] = [
    within(Math.floor(x / (width + gap)), across),
    within(Math.floor(y / (height + gap)), down),
  ];
  const column = within(Math.floor(((x - over * (width + gap)) / width) * columns), columns);
  const row = within(Math.floor(((y - below * (height + gap)) / height) * rows), rows);
  if (kind === "digit" || kind === "drawn") return row * columns + column;
  const picture = below * across + over;
  return picture < count ? (row * columns + column) * count + picture : null;
}
