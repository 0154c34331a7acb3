// Each component has its modules at an address of its own, even those that are the same file, so components share no
// variables: what one has for another goes over the document.

/**
 * Tell whoever listens to this topic.
 * @param {string} topic
 * @param {any} detail
 */
export function publish(topic, detail) {
  document.dispatchEvent(new CustomEvent(`nnviz-${topic}`, { detail }));
}

/**
 * Hear of a topic until the signal is aborted, beginning with what is kept of it.
 * @param {string} topic
 * @param {(detail: any) => void} receive
 * @param {AbortSignal} signal
 */
export function subscribe(topic, receive, signal) {
  document.addEventListener(`nnviz-${topic}`, (event) => receive(detailOf(event)), { signal });
  publish(`${topic}-replay`, receive);
}

/**
 * Let those who subscribe later have what `kept()` lists by then.
 * @param {string} topic
 * @param {() => Iterable<any>} kept
 * @param {AbortSignal} [signal] ends it
 */
export function replay(topic, kept, signal) {
  document.addEventListener(`nnviz-${topic}-replay`, (event) => {
    for (const detail of kept()) detailOf(event)(detail);
  }, { signal });
}

/** @param {Event} event */
function detailOf(event) {
  return /** @type {CustomEvent} */ (event).detail;
}
