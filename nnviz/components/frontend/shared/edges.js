// Boxes that can be moved: where more of one lies beyond an edge, it fades away there.

const FADE = 32; // pixels

/**
 * @typedef {{before: number, after: number}} Beyond pixels of a box that lie out of sight before and after what is seen
 */

const watched = new WeakSet();

/**
 * From now on that box tells at which edges there is more of it.
 * @param {HTMLElement} box what is moved
 * @param {{of?: HTMLElement, stays?: boolean, keys?: boolean}} [how] of: what fades, where it is not the box; stays: its
 *   first column stays in sight, so it has no edge there; keys: nothing in it can have the focus, so the box has it while
 *   there is more of it, and keys can move it
 */
export function fadeEdges(box, { of = box, stays = false, keys = false } = {}) {
  const look = () => {
    if (keys) {
      const cut = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (cut) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
    const across = beyond(box.scrollLeft, box.clientWidth, box.scrollWidth);
    const down = beyond(box.scrollTop, box.clientHeight, box.scrollHeight);
    const image = maskOf(stays ? { ...across, before: 0 } : across, down);
    if (of.dataset.fades === image) return;
    of.dataset.fades = image;
    Object.assign(of.style, { maskImage: image, maskComposite: "intersect" });
  };
  if (!watched.has(box)) {
    watched.add(box);
    box.addEventListener("scroll", look, { passive: true });
    const sizes = new ResizeObserver(look);
    for (const each of [box, ...box.children]) sizes.observe(each);
  }
  look();
}

/**
 * @param {number} moved
 * @param {number} seen
 * @param {number} whole
 * @returns {Beyond}
 */
export function beyond(moved, seen, whole) {
  const most = whole - seen;
  return most > 1 ? { before: Math.max(0, Math.round(moved)), after: Math.max(0, Math.round(most - moved)) } : NONE;
}

const NONE = { before: 0, after: 0 };

/**
 * What lets a box be seen but for its ends; nothing where all of it is in sight.
 * @param {Beyond} across
 * @param {Beyond} down
 */
export function maskOf(across, down) {
  const ways = /** @type {[string, Beyond][]} */ ([["right", across], ["bottom", down]]);
  return ways.filter(([, { before, after }]) => before || after).map(([way, { before, after }]) => {
    const [first, last] = [before, after].map((pixels) => Math.min(FADE, pixels));
    return `linear-gradient(to ${way}, transparent, #000 ${first}px calc(100% - ${last}px), transparent)`;
  }).join(", ");
}

/**
 * Moves a box sideways so that this part of it is seen, and not faded.
 * @param {HTMLElement} box
 * @param {Element} part
 */
export function showSideways(box, part) {
  const [outer, inner] = [box.getBoundingClientRect(), part.getBoundingClientRect()];
  const after = inner.right + FADE - outer.right;
  const before = inner.left - FADE - outer.left;
  if (before < 0 || after > 0) box.scrollLeft += before < 0 ? before : Math.min(after, before);
}
