// Numbers as people read them.

/**
 * "12 digits", "1 digit"
 * @param {number} n
 * @param {string} word
 */
export function counted(n, word) {
  return `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
}

/**
 * 0.98349 -> "98.3"; the figure space keeps the percent sign on the number's line.
 * @param {number} share
 */
export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)}\u00a0%`;
}
