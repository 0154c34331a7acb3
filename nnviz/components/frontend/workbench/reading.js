// A network that is changed while it reads: a digit at once, many digits a slice at a time, with the score so far.

import { createNetwork } from "../network/interpreter.js";
import { noisy, normal } from "./edits.js";

const SLICE = 24; // milliseconds at work before the page may do something else
const PIXELS = 784;

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
  }

  /** @param {import("./edits.js").Edited} now */
  take({ numbers, silent }) {
    this.network.learn(numbers);
    this.silent = silent;
  }

  /**
   * The answer; the values of all layers are in `layers`.
   * @param {ArrayLike<number>} digit
   */
  read(digit) {
    this.layers[0].values.set(digit);
    for (const [i, layer] of this.layers.entries()) {
      layer.compute();
      const width = layer.shape[layer.shape.length - 1];
      for (const unit of this.silent.get(i) ?? []) {
        for (let at = unit; at < layer.values.length; at += width) layer.values[at] = 0;
      }
    }
    return this.layers[this.layers.length - 1].values;
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
    const none = () => new Array(10).fill(0);
    const score = { read: 0, right: 0, ofClass: none(), rightOf: none() };
    while (score.read < labels.length) {
      const end = performance.now() + SLICE;
      while (score.read < labels.length && performance.now() < end) {
        const digit = digits.subarray(PIXELS * score.read, PIXELS * (score.read + 1));
        const answer = this.read(draw && noise ? noisy(digit, noise.amount, draw) : digit);
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
