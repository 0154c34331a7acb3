// What Streamlit's charts and sliders do not do by themselves. A finger that swipes over one means to scroll: it is told
// of a touch only when the finger does something else. And Escape takes away the tip of a chart.

const CHART = "[data-testid='stPlotlyChart'] .draglayer";
const SLIDER = "[data-testid='stSlider'] [role='group']";
const TAPPED = 150; // ms after which all is told that a tap brings
const FAR = 8; // pixels: from there on a finger drags

/** @returns {() => void} ends it */
export function tameCharts() {
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
  // The tip of a tapped point would go away with the finger.
  document.addEventListener("pointerup", (event) => {
    const { target, pointerType, clientX, clientY } = event;
    if (pointerType !== "touch" || !within(event, CHART)) return;
    setTimeout(() => target?.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX, clientY })), TAPPED);
  }, early);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const chart of document.querySelectorAll("[data-testid='stPlotlyChart'] .nsewdrag")) {
      chart.dispatchEvent(new MouseEvent("mouseout"));
    }
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
