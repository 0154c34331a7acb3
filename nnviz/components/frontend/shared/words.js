// What people read, in the language in use: the texts stand here in English, a translation comes from the server
// before any component, `globalThis.nnvizWords`; for English nothing comes. The Python side is nnviz/core/words.py.

/**
 * @typedef {object} Words
 * @property {string} language
 * @property {Record<string, string>} one by the English text
 * @property {Record<string, string[]>} many all forms, by the English text for one thing
 * @property {(n: number) => number} form which of them so many things have
 */

const PSEUDO = "en-XA";

/** @returns {Words | undefined} */
const words = () => /** @type {any} */ (globalThis).nnvizWords;

/**
 * A text of ours in the language in use, with its values: say("Layer {name}", { name })
 * @param {string} text written out where it is said, in English, so that `make words` finds it
 * @param {Record<string, string | number>} values by name; numbers are given as text where their look matters
 */
export function say(text, values = {}) {
  const known = words();
  if (!known) return filled(text, values);
  return filled(known.language === PSEUDO ? marked(text) : known.one[text] || text, values);
}

/**
 * A text of ours that has so many of something in it, {n}: sayMany(3, "{n} digit", "{n} digits")
 * @param {number} n
 * @param {string} one
 * @param {string} many
 * @param {Record<string, string | number>} values
 */
export function sayMany(n, one, many, values = {}) {
  const known = words();
  const all = { n: n.toLocaleString("en"), ...values };
  const form = known?.many[one]?.[known.form(n)];
  return form ? filled(form, all) : say(n === 1 ? one : many, all);
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => Object.hasOwn(values, name) ? String(values[name]) : whole);
}

/** @param {string} text */
function marked(text) {
  return text.replace(/[^{}]+/g, (part, at) => {
    const value = text[at - 1] === "{" && text[at + part.length] === "}";
    return value || !/\p{L}/u.test(part) ? part : `⟦${part}⟧`;
  });
}
