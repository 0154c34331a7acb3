// What a press has shown is brought into view, and the focus goes along, unless it can be seen already.
//
// data: {place, press, focus}: the key of a container, how often there was something new in it, and whether it
// takes the focus.

const BAR = 56; // pixels on top that the bar and a little air take
const LOOKS = [0, 250, 700, 1400]; // ms: charts come after the container they are in, and move what is below

/** The last press of each place that has been answered, for as long as the document lives. */
const answered = new Map();

/** @param {HTMLElement} place */
function isInView(place) {
  const { top, bottom, height } = place.getBoundingClientRect();
  const seen = Math.min(bottom, innerHeight) - Math.max(top, BAR);
  return height > 0 && seen >= 0.75 * Math.min(height, innerHeight - BAR);
}

/**
 * @param {string} key
 * @param {boolean} focus
 */
function bringIntoView(key, focus) {
  const over = new AbortController();
  // Whoever moves the page by hand has the say from then on.
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    addEventListener(kind, () => over.abort(), { signal: over.signal, passive: true });
  }
  let focused = false;
  const look = () => {
    const place = /** @type {HTMLElement | null} */ (document.querySelector(`.st-key-${CSS.escape(key)}`));
    if (over.signal.aborted || !place || isInView(place)) return;
    place.style.scrollMarginTop = `${BAR}px`;
    place.scrollIntoView({ block: place.offsetHeight < innerHeight - BAR ? "nearest" : "start" });
    if (focus && !focused) {
      focused = true;
      place.tabIndex = -1;
      place.focus({ preventScroll: true });
    }
  };
  for (const wait of LOOKS) setTimeout(look, wait);
  setTimeout(() => over.abort(), LOOKS[LOOKS.length - 1] + 50);
}

export default function ({ data }) {
  if (!data.press || answered.get(data.place) === data.press) return;
  answered.set(data.place, data.press);
  bringIntoView(data.place, data.focus);
}
