// The formula of each station with its numbers: lines of text, the strongest products first.

import { decimal, withPower } from "../shared/text.js";
import { say } from "../shared/words.js";
import { pull } from "./arithmetic.js";

/** @typedef {import("./arithmetic.js").Dense} Dense */

const MOST = 4; // products that are written out
const PLACES = 4; // figures of a number that count

/**
 * A number with four figures: 0.7255, −0.02100, 3.100 × 10⁻⁷
 * @param {number} value
 */
export function number(value) {
  if (!Number.isFinite(value)) return say("not a number");
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e6) return withPower(value, PLACES - 1);
  return decimal(value, Math.max(0, PLACES - 1 - Math.floor(Math.log10(size))));
}

/** @param {number} value */
function bracketed(value) {
  return value < 0 ? `(${number(value)})` : number(value);
}

/**
 * The strongest of products, and how many there are besides.
 * @param {[number, number][]} pairs
 */
function products(pairs) {
  const strong = pairs.filter(([a, b]) => a * b !== 0).sort((a, b) => Math.abs(b[0] * b[1]) - Math.abs(a[0] * a[1]));
  const shown = strong.slice(0, MOST).map(([a, b]) => `${number(a)} × ${bracketed(b)}`);
  const more = strong.length - shown.length;
  if (!shown.length) return "0";
  return shown.join(" + ") + (more ? ` + ${say("{n} more", { n: more })}` : "");
}

/**
 * z of a unit, and what it passes on.
 * @param {Dense} layer
 * @param {ArrayLike<number>} given
 * @param {number} unit
 * @param {{z: number, value: number, activation: string}} found activation: its name, "" for the softmax
 * @returns {string[]}
 */
export function forwardLines({ w, b, units }, given, unit, { z, value, activation }) {
  const pairs = Array.from(given, (x, i) => /** @type {[number, number]} */ ([x, w[i * units + unit]]));
  return [
    say("z = sum of input × weight, + bias"),
    `z = ${products(pairs)} + ${bracketed(b[unit])} = ${number(z)}`,
    activation
      ? say("a = {activation}(z) = {value}", { activation, value: number(value) })
      : say("p = eᶻ ÷ sum of all ten eᶻ = {value}", { value: number(value) }),
  ];
}

/**
 * A digit's share of λ, in a batch of so many.
 * @param {import("./arithmetic.js").Penalty} penalty
 */
function shareOf({ batch }) {
  return batch === 1 ? "λ" : `(λ ÷ ${batch})`;
}

/**
 * @param {number} label
 * @param {number} p
 * @param {number} loss
 * @param {import("./arithmetic.js").Penalty} penalty
 * @param {number} added what the weights add
 */
export function lossLines(label, p, loss, penalty, added) {
  const lines = [
    say("loss = −ln(p of the true digit)"),
    `−ln(p(${label})) = −ln(${number(p)}) = ${number(loss)}`,
  ];
  if (penalty.alpha === 0) return [...lines, say("This network has no weight penalty (λ = 0).")];
  const size = penalty.name === "l1" ? "Σ|w|" : "½ Σw²";
  return [
    ...lines,
    say("weight penalty: {share} × {size} = {alpha} × {sum} = {added}", {
      share: shareOf(penalty),
      size,
      alpha: number(penalty.alpha),
      sum: number(added / penalty.alpha),
      added: number(added),
    }),
  ];
}

/**
 * @param {number} p
 * @param {boolean} truth
 * @param {number} delta
 */
export function lastDeltaLines(p, truth, delta) {
  return [say("δ = p − truth"), `δ = ${number(p)} − ${truth ? 1 : 0} = ${number(delta)}`];
}

/**
 * @param {[number, number][]} pairs weights to the next layer, and deltas there
 * @param {{slope: number, delta: number, pool: boolean}} found pool: a pooling lies between
 * @returns {string[]}
 */
export function deltaLines(pairs, { slope, delta, pool }) {
  const rule = say("δ = slope of the activation at z × sum of weight × δ of the next layer");
  if (pool && !pairs.length) {
    return [
      rule,
      say("The pooling took a larger number from another place of its window. So nothing comes back: δ = 0."),
    ];
  }
  const sum = pairs.reduce((all, [a, b]) => all + a * b, 0);
  return [
    rule,
    say("sum = {products} = {sum}", { products: products(pairs), sum: number(sum) }),
    `δ = ${number(slope)} × ${bracketed(sum)} = ${number(delta)}`,
    ...(pool ? [say("The pooling took this number: it is the largest of its window.")] : []),
  ];
}

/**
 * @param {[number, number][]} pairs input and δ, of a convolution at each of its places
 * @param {number} w
 * @param {import("./arithmetic.js").Penalty} penalty
 */
export function gradientLines(pairs, w, penalty) {
  const product = pairs.reduce((all, [a, b]) => all + a * b, 0);
  const lines = pairs.length === 1
    ? [say("input × δ"), `${number(pairs[0][0])} × ${bracketed(pairs[0][1])} = ${number(product)}`]
    : [
      say("sum of input × δ over all {n} places of the kernel", { n: pairs.length }),
      `${products(pairs)} = ${number(product)}`,
    ];
  if (penalty.alpha === 0) return lines;
  const l1 = penalty.name === "l1";
  return [
    ...lines,
    l1
      ? say("+ {share} × sign of the weight", { share: shareOf(penalty) })
      : say("+ {share} × weight", { share: shareOf(penalty) }),
    `${number(product)} + ${number(penalty.alpha)} × ${bracketed(l1 ? Math.sign(w) : w)} = ${
      number(product + pull(penalty, w))
    }`,
  ];
}

/**
 * @param {number} w
 * @param {number} rate
 * @param {number} gradient
 */
export function stepLines(w, rate, gradient) {
  return [
    say("after = before − learning rate × gradient"),
    `${number(w)} − ${number(rate)} × ${bracketed(gradient)} = ${number(w - rate * gradient)}`,
  ];
}
