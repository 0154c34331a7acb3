// Stands in the head of every page, where it runs before any of Streamlit's own scripts.
(() => {
  // Streamlit looks for its server below the page first, `/MLP/_stcore/health`, and at the right place then.
  Object.assign(globalThis, {
    __streamlit: { BACKEND_BASE_URL: location.origin + location.pathname.replace(/[^/]*$/, "") },
  });

  // A page notes in its address what it follows, a training for one. Only another page, or a run that is opened, is a
  // step that the browser's Back goes to.
  const step = (/** @type {URL | Location} */ { pathname, search }) =>
    JSON.stringify([pathname, new URLSearchParams(search).get("run")]);
  const push = history.pushState;
  history.pushState = function (state, unused, address) {
    const same = step(new URL(address ?? "", location.href)) === step(location);
    (same ? history.replaceState : push).call(history, state, unused, address);
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
