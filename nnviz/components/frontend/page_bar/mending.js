// What Streamlit's own widgets lack for those who use a keyboard or hear the page, set right wherever they appear.

const SCROLLING = '[data-testid="stTable"] > div, [data-testid="stCode"] pre';
const DROPPING = '[data-testid="stFileUploaderDropzone"][role="presentation"]';
const AT_ONCE = 200; // ms: a page that is drawn changes many times
let waiting = false;
let watching = false;

function mend() {
  waiting = false;
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(SCROLLING))) {
    // What is wider than its box can be moved by keys only if it can have the focus.
    const cut = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (cut) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
  // What came of a press stands for some seconds where else the page says what to do first.
  document.querySelector(".st-key-first")?.setAttribute("role", "status");
  // It has a name and parts that can have the focus, and so is no mere decoration.
  for (const zone of document.querySelectorAll(DROPPING)) zone.setAttribute("role", "group");
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
