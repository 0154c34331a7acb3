// What Streamlit's own widgets lack for those who use a keyboard, a finger or hear the page, set right wherever they
// appear.

import { fadeEdges, showSideways } from "../shared/edges.js";
import { say } from "../shared/words.js";

const SCROLLING = '.table, [data-testid="stCode"] pre';
const ROWS = '.st-key-bar, [data-testid="stTabs"] [role="tablist"], .st-key-history_chosen, .st-key-history_open';
const DROPPING = '[data-testid="stFileUploaderDropzone"][role="presentation"]';
const PHONE = ".st-key-photo_phone";
const AT_ONCE = 200; // ms: a page that is drawn changes many times
let waiting = false;
let watching = false;

/** The open tab of each row of tabs, as it was seen last. */
const open = new WeakMap();

function mend() {
  waiting = false;
  for (const box of elements(SCROLLING)) {
    fadeEdges(box, { stays: box.matches(".table"), keys: true });
  }
  for (const box of elements(ROWS)) fadeEdges(box);
  for (const box of elements('[data-testid="stDataFrame"] .dvn-scroller')) {
    const painted = /** @type {HTMLElement} */ (box.parentElement); // the table itself is not in the box, but below it
    fadeEdges(box, { of: painted });
  }
  for (const row of elements('[data-testid="stTabs"] [role="tablist"]')) {
    const tab = row.querySelector('[aria-selected="true"]');
    if (tab && open.get(row) !== tab) showSideways(row, tab);
    open.set(row, tab);
  }
  // What came of a press stands for some seconds where else the page says what to do first.
  document.querySelector(".st-key-first")?.setAttribute("role", "status");
  const lesson = document.querySelector(".st-key-lesson_bar");
  if (lesson && !lesson.hasAttribute("role")) {
    lesson.setAttribute("role", "region");
    lesson.setAttribute("aria-label", say("Lesson"));
  }
  // A phone then opens its camera at once, which it would not do for a file.
  document.querySelector(`${PHONE} input[type="file"]`)?.setAttribute("capture", "environment");
  // It has a name and parts that can have the focus, and so is no mere decoration.
  for (const zone of document.querySelectorAll(DROPPING)) zone.setAttribute("role", "group");
}

/** @param {string} selector */
function elements(selector) {
  return /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector));
}

function soon() {
  if (!waiting) setTimeout(mend, AT_ONCE);
  waiting = true;
}

/** Mends what is on the page, and from then on whatever is added to it. */
export function mendWidgets() {
  soon();
  if (watching) return;
  watching = true;
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", soon);
}
