// A finger that swipes over a chart or a slider means to scroll: they are told of it only when it does something else.

const CHART = "[data-testid='stPlotlyChart'] .draglayer";
const SLIDER = "[data-testid='stSlider'] [role='group']";
const FAR = 8; // pixels: from there on a finger drags

/** @returns {() => void} ends it */
export function letSwipesScroll() {
  const listening = new AbortController();
  const early = { capture: true, signal: listening.signal };
  // Without its beginning, a touch is the browser's: a swipe scrolls, and after a tap it sends what a mouse would.
  document.addEventListener("touchstart", (event) => {
    if (within(event, `${CHART}, ${SLIDER}`)) event.stopImmediatePropagation();
  }, { ...early, passive: true });
  document.addEventListener("pointerdown", (event) => {
    if (!event.isTrusted || event.pointerType !== "touch" || !within(event, SLIDER)) return;
    event.stopImmediatePropagation();
    beginDragLater(event, listening.signal);
  }, early);
  return () => listening.abort();
}

/**
 * The slider is told that the finger is down once it goes sideways; when the page scrolls, it never is.
 * @param {PointerEvent} down
 * @param {AbortSignal} signal
 */
function beginDragLater(down, signal) {
  const waiting = new AbortController();
  const options = { capture: true, signal: AbortSignal.any([signal, waiting.signal]) };
  document.addEventListener("pointermove", (event) => {
    if (event.pointerId !== down.pointerId || Math.abs(event.clientX - down.clientX) < FAR) return;
    waiting.abort();
    const { pointerId, pointerType, isPrimary, clientX, clientY } = event;
    const told = { bubbles: true, cancelable: true, composed: true, button: 0, buttons: 1 };
    down.target?.dispatchEvent(
      new PointerEvent("pointerdown", { ...told, pointerId, pointerType, isPrimary, clientX, clientY }),
    );
  }, options);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => waiting.abort(), options);
}

/**
 * @param {Event} event
 * @param {string} places
 */
function within(event, places) {
  return event.target instanceof Element && event.target.closest(places) !== null;
}
