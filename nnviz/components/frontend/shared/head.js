// Stands in the head of every page, where it runs before any of Streamlit's own scripts.
(() => {
  const LEAVING = 1000; // ms from one message to the next, in which a page is left

  // Streamlit looks for its server below the page first, `/MLP/_stcore/health`, and at the right place then.
  Object.assign(globalThis, {
    __streamlit: { BACKEND_BASE_URL: location.origin + location.pathname.replace(/[^/]*$/, "") },
  });

  // A page notes in its address what it follows, a training for one. Only another page, or a run that is opened, is a
  // step that the browser's Back goes to.
  const step = (/** @type {URL | Location} */ { pathname, search }) =>
    JSON.stringify([pathname, new URLSearchParams(search).get("run")]);
  const tab = (/** @type {URL | Location} */ { search }) =>
    [...new URLSearchParams(search).keys()].some((name) => name.endsWith("_section"));
  const { pushState: push, replaceState: replace } = history;
  let left = { address: "", at: -Infinity };
  history.pushState = function (state, unused, address) {
    const next = new URL(address ?? "", location.href);
    if (step(next) === step(location)) {
      if (tab(location) && !tab(next)) left = { address: location.href, at: performance.now() };
      replace.call(history, state, unused, address);
      return;
    }
    // As a page is left, Streamlit takes the open tab out of its address, where Back would look for it.
    if (performance.now() - left.at < LEAVING) replace.call(history, state, unused, left.address);
    push.call(history, state, unused, address);
  };

  // It keeps the theme that was chosen for each address by itself: here the choice goes along to the next one.
  const [own, last] = [`stActiveTheme-${location.pathname}-v2`, "nnviz-theme"];
  const [before, keep] = [localStorage.getItem(last), () => {
    const chosen = localStorage.getItem(own);
    if (chosen && chosen !== before) localStorage.setItem(last, chosen);
  }];
  if (before) localStorage.setItem(own, before);
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", keep);
})();
