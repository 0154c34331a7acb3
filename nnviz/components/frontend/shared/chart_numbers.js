// The numbers of a chart as a table: what its traces show, a line a point.

/**
 * @typedef {{name?: string, visible?: boolean | string, x?: ArrayLike<any>, y?: ArrayLike<any>, z?: ArrayLike<any>,
 *   error_y?: {array?: ArrayLike<any>}, across: string, up: string, chart?: string}} Trace across, up: the titles of its
 *   axes; chart: of the one that it is in, where several stand beside each other
 */

const FORMULA = /^[=+\-@\t\n]/; // spreadsheets run what begins so, whoever typed it: as nnviz/core/csv_text.py

/**
 * A value as it may stand in a table that people take along; numbers stay what they are.
 * @param {unknown} value
 */
export function cell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "number") return String(value);
  const text = String(value).replaceAll("\r", "\n");
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * As CSV. Columns that no trace fills are left out.
 * @param {Trace[]} traces
 * @param {{chart: string, series: string, across: string, up: string, value: string, error: string}} words of columns without a title
 */
export function chartNumbers(traces, words) {
  const shown = traces.filter(({ visible }) => visible === undefined || visible === true);
  const lines = shown.flatMap((trace) => trace.z ? cells(trace) : points(trace));
  const shared = (/** @type {"across" | "up"} */ way) => {
    const titles = new Set(shown.map((trace) => trace[way]));
    return titles.size === 1 ? plain([...titles][0]) : "";
  };
  const titles = [
    words.chart,
    words.series,
    shared("across") || words.across,
    shared("up") || words.up,
    words.value,
    words.error,
  ];
  const used = titles.map((_, i) => i === 2 || i === 3 || lines.some((line) => cell(line[i]) !== ""));
  const table = [titles, ...lines].map((line) => line.filter((_, i) => used[i]).map(cell).join(","));
  return table.join("\n") + "\n";
}

/** @param {Trace} trace */
function points({ chart, name, x, y, error_y: error }) {
  const n = Math.max(x?.length ?? 0, y?.length ?? 0);
  const whose = [plain(chart ?? ""), plain(name ?? "")];
  return Array.from({ length: n }, (_, i) => [...whose, x ? x[i] : i, y ? y[i] : i, null, error?.array?.[i]]);
}

/** @param {Trace} trace */
function cells({ chart, name, x, y, z }) {
  const whose = [plain(chart ?? ""), plain(name ?? "")];
  const line = (/** @type {ArrayLike<any>} */ row, /** @type {number} */ i) =>
    Array.from(row, (value, j) => [...whose, x ? x[j] : j, y ? y[i] : i, value, null]);
  return Array.from(z ?? [], line).flat();
}

// Titles are written with a few tags of HTML.
function plain(/** @type {string} */ title) {
  return title.replace(/<br\s*\/?>/g, " ").replace(/<\/?[a-z][^>]*>/g, "");
}
