// Moving through the picture by arrow keys: within a stage, and over its edge to the next.

import { startOf, strongestPlace } from "./stage_element.js";

/**
 * Where a key leads from a unit: to another unit of the stage, to the stage before (-1) or after (1), or nowhere.
 * @param {string} key
 * @param {{kind: string, count: number, box: {tiles: {across: number}}}} stage
 * @param {number} unit
 * @param {boolean} down whether stages stand below each other
 * @returns {{item: number} | {beyond: -1 | 1} | null} item: a map, or a unit where there are no maps
 */
export function keyTarget(key, { kind, count, box }, unit, down) {
  const picture = kind === "digit" || kind === "drawn";
  const across = picture ? 28 : box.tiles.across;
  const item = kind === "maps" || kind === "weights" ? unit % count : unit;
  const last = (picture ? 784 : count) - 1;
  const [row, column] = [Math.floor(item / across), item % across];
  if (key === "Home") return { item: 0 };
  if (key === "End") return { item: last };
  if (key === "ArrowLeft") return column ? { item: item - 1 } : { beyond: -1 };
  if (key === "ArrowRight") return column < across - 1 && item < last ? { item: item + 1 } : { beyond: 1 };
  if (key === "ArrowUp") return row ? { item: item - across } : down ? { beyond: -1 } : null;
  if (key === "ArrowDown") return item + across <= last ? { item: item + across } : down ? { beyond: 1 } : null;
  return null;
}

/**
 * The stage and the unit that a key leads to, or null.
 * @param {string} key
 * @param {import("./stage_element.js").Shown[]} stages
 * @param {import("./stage_element.js").Shown} stage
 * @param {number} unit
 * @param {boolean} down
 */
export function moved(key, stages, stage, unit, down) {
  const target = keyTarget(key, stage, unit, down);
  if (!target) return null;
  if ("beyond" in target) {
    const next = stages[stage.at + target.beyond];
    return next ? { stage: next, unit: startOf(next) } : null;
  }
  const maps = stage.kind === "maps" || stage.kind === "weights";
  return { stage, unit: maps ? strongestPlace(stage, target.item) : target.item };
}
