// The line to a class on our server: questions over HTTP, beside Streamlit's own connection, so that no page is run for
// them. Without a server of ours there is no address, and nothing is asked.

export const ENDED = 404; // the status of a class that is no more
const PATIENCE_MS = 8000;

/** What the server has refused, in its words; `status` 0 where there was no answer. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} words
   */
  constructor(status, words) {
    super(words);
    this.status = status;
  }

  // Whether the same may go through later: no line, a server that restarts, a database that is away, too fast.
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * @param {string} address
 * @param {object} [message] sent with it; without one it is only asked
 * @returns {Promise<any>}
 */
export async function ask(address, message) {
  let response;
  try {
    response = await fetch(address, {
      signal: AbortSignal.timeout(PATIENCE_MS),
      cache: "no-store",
      ...(message && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(message),
      }),
    });
  } catch {
    throw new Refused(0, "");
  }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, typeof told.error === "string" ? told.error : "");
  if (told.ended) throw new Refused(ENDED, told.ended);
  return told;
}

/**
 * Do something again and again, the next time so long after the last has ended; slowly while nobody looks.
 * @param {() => Promise<void>} act
 * @param {number} pause in milliseconds
 * @param {AbortSignal} signal ends it
 */
export function again(act, pause, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const turn = async () => {
    await act();
    if (!signal.aborted) timer = setTimeout(turn, document.hidden ? 10 * pause : pause);
  };
  const now = () => {
    if (document.hidden) return;
    clearTimeout(timer);
    timer = setTimeout(turn, 0);
  };
  document.addEventListener("visibilitychange", now, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  timer = setTimeout(turn, pause);
}
