// A network that is changed while it reads: a digit at once, many digits a slice at a time, with the score so far.

import { createNetwork } from "../network/interpreter.js";
import { noisy, normal, piecesOf } from "./edits.js";

const SLICE = 24; // milliseconds at work before the page may do something else
const PIXELS = 784;
const MOST_REMEMBERED = 8_000_000; // numbers: 32 MB, which a telephone has

/**
 * @typedef {{read: number, right: number, ofClass: number[], rightOf: number[]}} Score
 */

export class Bench {
  /**
   * @param {import("../network/interpreter.js").Step[]} steps
   * @param {Float32Array} numbers
   */
  constructor(steps, numbers) {
    this.own = numbers;
    this.network = createNetwork(steps, numbers.slice());
    this.layers = this.network.layers;
    /** @type {Map<number, Set<number>>} */
    this.silent = new Map();
    this.turn = 0;
    this.numbers = numbers;
    this.pieces = piecesOf(steps);
    this.cut = 0; // the layer that is worked on: what lies before it is remembered for every digit
    /** @type {{digits: Float32Array, values: Float32Array, read: number} | null} */
    this.remembered = null;
  }

  /**
   * Have what that layer is given by each digit remembered, so that changes from there on are judged sooner.
   * @param {number} layer
   */
  workOn(layer) {
    if (layer === this.cut) return;
    this.cut = layer;
    this.remembered = null;
  }

  /** @param {import("./edits.js").Edited} now */
  take({ numbers, silent }) {
    if (this.remembered && this.changedBefore(numbers, silent)) this.remembered = null;
    this.numbers = numbers;
    this.network.learn(numbers);
    this.silent = new Map([...silent].map(([layer, units]) => [layer, new Set(units)]));
  }

  /**
   * @param {Float32Array} numbers
   * @param {Map<number, Set<number>>} silent
   */
  changedBefore(numbers, silent) {
    for (const { layer, from, to } of this.pieces) {
      if (layer >= this.cut) continue;
      for (let i = from; i < to; i += 1) if (numbers[i] !== this.numbers[i]) return true;
    }
    for (let layer = 0; layer < this.cut; layer += 1) {
      const [now, then] = [silent.get(layer) ?? new Set(), this.silent.get(layer) ?? new Set()];
      if (now.size !== then.size || [...now].some((unit) => !then.has(unit))) return true;
    }
    return false;
  }

  /** The one row of values through which everything before the cut reaches what lies behind it, if there is one. */
  atTheCut() {
    const crossing = new Set();
    for (const layer of this.layers.slice(this.cut)) {
      for (const input of layer.inputs) if (this.layers.indexOf(input) < this.cut) crossing.add(input.values);
    }
    return this.cut > 1 && crossing.size === 1 ? /** @type {Float32Array} */ ([...crossing][0]) : null;
  }

  /**
   * Where what is remembered of these digits lies, and where it comes from; null where nothing is.
   * @param {Float32Array} digits
   * @param {number} n
   */
  memoryOf(digits, n) {
    const at = this.atTheCut();
    if (!at || at.length * n > MOST_REMEMBERED) return null;
    if (this.remembered?.digits !== digits) {
      this.remembered = { digits, values: new Float32Array(at.length * n), read: 0 };
    }
    return { at, cut: this.cut, kept: this.remembered };
  }

  /**
   * The answer; the values of all layers are in `layers`.
   * @param {ArrayLike<number>} digit
   */
  read(digit) {
    this.layers[0].values.set(digit);
    return this.readFrom(0);
  }

  /** @param {number} first the layer; those before it have their values */
  readFrom(first) {
    for (let i = first; i < this.layers.length; i += 1) {
      const layer = this.layers[i];
      layer.compute();
      const width = layer.shape[layer.shape.length - 1];
      for (const unit of this.silent.get(i) ?? []) {
        for (let at = unit; at < layer.values.length; at += width) layer.values[at] = 0;
      }
    }
    return this.layers[this.layers.length - 1].values;
  }

  /**
   * The answer to a digit of which it is remembered what lies before the cut.
   * @param {{at: Float32Array, cut: number, kept: {values: Float32Array}}} memory
   * @param {number} i
   */
  recall({ at, cut, kept }, i) {
    at.set(kept.values.subarray(at.length * i, at.length * (i + 1)));
    return this.readFrom(cut);
  }

  /**
   * Reads all digits and tells of the score after every slice; what was asked for before ends.
   * @param {Float32Array} digits
   * @param {number[]} labels
   * @param {{amount: number, seed: number} | null} noise
   * @param {(score: Score) => void} tell
   */
  async judge(digits, labels, noise, tell) {
    const turn = this.turn += 1;
    const draw = noise && normal(noise.seed);
    const digit = (/** @type {number} */ i) => digits.subarray(PIXELS * i, PIXELS * (i + 1));
    const none = () => new Array(10).fill(0);
    const memory = noise ? null : this.memoryOf(digits, labels.length);
    const score = { read: 0, right: 0, ofClass: none(), rightOf: none() };
    while (score.read < labels.length) {
      const end = performance.now() + SLICE;
      while (score.read < labels.length && performance.now() < end) {
        const answer = memory && score.read < memory.kept.read
          ? this.recall(memory, score.read)
          : this.read(draw && noise ? noisy(digit(score.read), noise.amount, draw) : digit(score.read));
        if (memory && score.read === memory.kept.read && memory.kept === this.remembered) {
          memory.kept.values.set(memory.at, memory.at.length * score.read);
          memory.kept.read += 1;
        }
        const label = labels[score.read];
        score.read += 1;
        score.ofClass[label] += 1;
        if (mostOf(answer) !== label) continue;
        score.right += 1;
        score.rightOf[label] += 1;
      }
      tell(score);
      if (score.read < labels.length) await pause();
      if (turn !== this.turn) return;
    }
  }
}

/** Lets the page paint and hear, without the 4 ms that a timer waits. */
function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(null);
    };
    port2.postMessage(0);
  });
}

/** @param {ArrayLike<number>} values */
export function mostOf(values) {
  let most = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i] > values[most]) most = i;
  return most;
}
