// Each component has its modules at an address of its own, even those that are the same file, so components share no
// variables: what one has for another goes over the document.

/** Tell whoever listens to this topic. */
export function publish(topic, detail) {
  document.dispatchEvent(new CustomEvent(`nnviz-${topic}`, { detail }));
}

/** Hear of a topic until the signal is aborted, beginning with what is kept of it. */
export function subscribe(topic, receive, signal) {
  document.addEventListener(`nnviz-${topic}`, (event) => receive(event.detail), { signal });
  publish(`${topic}-replay`, receive);
}

/** Let those who subscribe later have what `kept()` lists by then. */
export function replay(topic, kept) {
  document.addEventListener(`nnviz-${topic}-replay`, ({ detail: receive }) => {
    for (const detail of kept()) receive(detail);
  });
}
