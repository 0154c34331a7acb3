// The row of links on top is a landmark, and says which page this is: Streamlit has no widget for either. As it is on
// every page, it also sees to what fingers and keys do there.
//
// data: {name, current}: what the landmark is called, and the link of this page by its words.

import { tameCharts } from "./charts.js";
import { offerToSave } from "./figures.js";
import { mendWidgets } from "./mending.js";

export default function ({ data }) {
  mendWidgets();
  answerToLinks();
  const bar = document.querySelector(".st-key-pages");
  if (bar) mark(bar, data);
  const [tamed, offered] = [tameCharts(), offerToSave()];
  return () => {
    tamed();
    offered();
  };
}

let answering = false;

// A link in the list of all pages is the bar's link of the same page: the page changes, and nothing is loaded again.
function answerToLinks() {
  if (answering) return;
  answering = true;
  document.addEventListener("click", (event) => {
    const { target, button, ctrlKey, metaKey, shiftKey, altKey } = event;
    const link = target instanceof Element && target.closest(".st-key-all_pages a");
    if (!link || button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return;
    const page = lastPart(/** @type {HTMLAnchorElement} */ (link));
    const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".st-key-pages a"));
    const same = [...links].find((each) => lastPart(each) === page);
    if (!same) return;
    event.preventDefault();
    same.click();
  });
}

const lastPart = (/** @type {HTMLAnchorElement} */ { pathname }) => pathname.split("/").at(-1);

/**
 * @param {Element} bar
 * @param {{name: string, current: string}} data
 */
function mark(bar, data) {
  bar.setAttribute("role", "navigation");
  bar.setAttribute("aria-label", data.name);
  for (const link of bar.querySelectorAll("a")) {
    const words = link.querySelector("[data-testid='stMarkdownContainer']")?.textContent?.trim();
    if (words !== data.current) {
      link.removeAttribute("aria-current");
    } else if (!link.hasAttribute("aria-current")) {
      link.setAttribute("aria-current", "page");
      // On a phone the bar is wider than the screen: its own page's link is not beyond the edge.
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
}
