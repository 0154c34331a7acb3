// Activations as the server writes them down: formulas of z, from nnviz/numpy_nn/activations.py.

/**
 * What they are made of, by NumPy's names.
 * @type {Record<string, (...operands: number[]) => number>}
 */
const OPERATIONS = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  negative: (a) => -a,
  absolute: Math.abs,
  square: (a) => a * a,
  sqrt: Math.sqrt,
  sign: Math.sign,
  exp: Math.exp,
  expm1: Math.expm1,
  log1p: Math.log1p,
  tanh: Math.tanh,
  erf,
};

/**
 * A formula as a function of z.
 * @param {any} formula "z", a number, or [operation, formula, ...]
 * @returns {(z: number) => number}
 */
export function functionOf(formula) {
  if (formula === "z") return (z) => z;
  if (typeof formula === "number") return () => formula;
  const [name, ...operands] = formula;
  const operation = OPERATIONS[name];
  const [first, second] = operands.map(functionOf);
  return second ? (z) => operation(first(z), second(z)) : (z) => operation(first(z));
}

/**
 * The series of Abramowitz and Stegun 7.1.6, whose terms are all of one sign; beyond 6 it is 1 to the last bit.
 * @param {number} x
 */
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [sum, term] = [0, x];
  for (let n = 1; sum + term !== sum; n += 1) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
