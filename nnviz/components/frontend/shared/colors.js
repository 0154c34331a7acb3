// Colour maps that every kind of colour vision can read, as 33 colours at even distances; between them colours
// are mixed. Cividis (Nuñez et al. 2018, PLoS ONE 13:e0199239) for amounts, ColorBrewer's RdBu (Harrower and
// Brewer 2003) for values with a sign: the maps of the pages' figures, in matplotlib's values.

/** @typedef {number[]} Color red, green and blue, from 0 to 255 */

export const CIVIDIS = parseColors(
  "00224e00285b002e6a0533711a386f273e6e32436d3b496c434e6c4b546c535a6d5a5f6e61656f686a716f70737676767d7c78" +
    "8482798c8878938e789b9476a39a74aba072b4a76fbcae6cc4b468cdbb63d5c25edec958e7d150f0d846f9e03afee838",
);
export const RED_BLUE = parseColors(
  "67001f7f0823960f27ae172abb2a34c6413ed25849dc6e57e58368ef9979f5ac8bf8bda1fbceb7fdddcbfbe6daf9efe9f6f7f7" +
    "eaf1f5deebf2d2e6f0c0dcebacd2e598c8e081bad868abd04f9bc73e8cbf337eb82870b11e61a515508d0d3f76053061",
);
// Orange below nothing, purple above: the theme's colours for values with a sign, ColorBrewer's PuOr.
export const DIVERGING = parseColors("974907c96d0def9e3cfdcc8cfaecd7f4f2eae8e9f1c5c2de988dbe6a4c9a3f1268");
export const GREY = parseColors("000000ffffff");

/**
 * @param {string} hex
 * @returns {Color[]}
 */
function parseColors(hex) {
  const parts = Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  return Array.from({ length: parts.length / 3 }, (_, i) => parts.slice(3 * i, 3 * i + 3));
}

/**
 * t from 0 to 1 -> [red, green, blue]
 * @param {Color[]} map
 * @param {number} t
 * @returns {Color}
 */
export function interpolate(map, t) {
  const place = Math.min(1, Math.max(0, t)) * (map.length - 1);
  const below = Math.min(Math.floor(place), map.length - 2);
  return map[below].map((part, i) => Math.round(part + (place - below) * (map[below + 1][i] - part)));
}

/**
 * @param {Color[]} map
 * @param {number} t
 */
export function cssColor(map, t) {
  return `rgb(${interpolate(map, t).join(" ")})`;
}

/** @param {Color[]} map */
export function cssGradient(map) {
  return `linear-gradient(to right, ${map.map((_, i) => cssColor(map, i / (map.length - 1))).join(", ")})`;
}
