// What happens to the pad while there is no server: nothing. Streamlit opens a dialog over the whole page when it has
// lost its line; here that is closed at once, as the pad draws and reads by itself, and a line says so instead.

const APP = '[data-testid="stApp"]';
const STATE = "data-test-connection-state";
const TITLE = "Connection error";

/**
 * @param {(connected: boolean) => void} changed called for every change, not for the state at first
 * @param {AbortSignal} signal
 */
export function followConnection(changed, signal) {
  const app = document.querySelector(APP);
  if (!app) return;
  let connected = true;
  const states = new MutationObserver(() => {
    const now = app.getAttribute(STATE) === "CONNECTED";
    if (now === connected) return;
    connected = now;
    changed(now);
  });
  states.observe(app, { attributeFilter: [STATE] });
  const dialogs = new MutationObserver(() => {
    if (!connected) closeDialog();
  });
  dialogs.observe(document.body, { childList: true });
  signal.addEventListener("abort", () => {
    states.disconnect();
    dialogs.disconnect();
  });
}

function closeDialog() {
  for (const dialog of document.querySelectorAll('[role="dialog"]')) {
    const close = /** @type {HTMLElement | null} */ (dialog.querySelector('button[aria-label="Close"]'));
    if (dialog.querySelector("h2")?.textContent === TITLE) close?.click();
  }
}
