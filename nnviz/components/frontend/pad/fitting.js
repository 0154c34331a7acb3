// How the pad lies on the screen: its shape, and how far down the page it begins. The style sheet does the rest, so that
// the pad and the answers are in view together. Looked at when the page changes its size, not while somebody draws.

/**
 * Shapes: "tall", answers below the pad, as on a phone; "low", beside it and brief, as on a phone on its side; "wide".
 * @param {HTMLElement} component
 * @param {AbortSignal} signal
 */
export function followScreen(component, signal) {
  const page = /** @type {HTMLElement | null} */ (document.querySelector('[data-testid="stMain"]'));
  const low = matchMedia("(max-height: 30rem) and (orientation: landscape)");
  const fit = () => {
    const { width, top } = component.getBoundingClientRect();
    if (!width) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    component.dataset.shape = low.matches ? "low" : width < 36 * rem ? "tall" : "wide";
    const above = `${Math.round(top + (page?.scrollTop ?? scrollY))}px`;
    if (component.style.getPropertyValue("--above") !== above) component.style.setProperty("--above", above);
  };
  const resized = new ResizeObserver(fit);
  resized.observe(component);
  const content = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (content) resized.observe(content);
  addEventListener("resize", fit, { signal });
  signal.addEventListener("abort", () => resized.disconnect());
  fit();
}
