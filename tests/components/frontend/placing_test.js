// Where a note stands that belongs to something on the screen.

import { ok } from "node:assert/strict";

import { placeBeside } from "../../../nnviz/components/frontend/glossary/placing.js";

const NOTE = { width: 200, height: 100 };

Deno.test("a note is whole on the screen and covers no word that it belongs to, wherever that stands", () => {
  const screen = { width: 390, height: 844 };
  for (const left of [0, 100, 380]) {
    for (const top of [0, 400, 820]) {
      const at = placeBeside({ left, top, bottom: top + 24 }, NOTE, screen);
      ok(at.left >= 0 && at.left + NOTE.width <= screen.width, `${left}`);
      ok(at.top >= 0 && at.top + NOTE.height <= screen.height, `${top}`);
      ok(at.top >= top + 24 || at.top + NOTE.height <= top, `${top}`);
    }
  }
});
