// Where a note stands that belongs to something on the screen.

const GAP = 6;

/**
 * Below what it belongs to, or above it where there is no room below; never outside the screen.
 * @param {{ left: number, top: number, bottom: number }} beside
 * @param {{ width: number, height: number }} note
 * @param {{ width: number, height: number }} screen
 */
export function placeBeside(beside, note, screen) {
  const below = beside.bottom + GAP;
  const top = below + note.height > screen.height ? beside.top - GAP - note.height : below;
  return {
    left: Math.max(GAP, Math.min(beside.left, screen.width - note.width - GAP)),
    top: Math.max(GAP, Math.min(top, screen.height - note.height - GAP)),
  };
}
