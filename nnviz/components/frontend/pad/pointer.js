// Where a mouse, a finger or a pen is on the sheet, and the mark of a pen that is moved by keys.

import { context2d } from "../shared/dom.js";
import { PAPER } from "./strokes.js";

// One pointer at a time draws. Places are [x, y, pressure], in units of the paper; pressure is null for what has none.
// begin(x, y, pressure, otherEnd of a pen), extend(places), end(), and takeBack() where the stroke was none: a finger
// that turned out to be the first of two, which zoom the page.
export function trackPointer(sheet, { begin, extend, end, takeBack }) {
  let pointer = null;
  const fingers = new Set();
  const place = (event) => {
    const box = sheet.getBoundingClientRect();
    const scale = PAPER / box.width;
    const pressure = event.pointerType === "pen" ? event.pressure : null;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale, pressure];
  };
  sheet.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") fingers.add(event.pointerId);
    // Of several fingers none draws. A palm that rests beside a pen does not, either; 32 is the other end of a pen.
    if (fingers.size > 1 && fingers.has(pointer)) {
      pointer = null;
      takeBack();
    }
    if (pointer !== null || fingers.size > 1 || !(event.button === 0 || event.buttons & 32)) return;
    pointer = event.pointerId;
    sheet.setPointerCapture(pointer);
    begin(...place(event), Boolean(event.buttons & 32));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    extend((moves.length ? moves : [event]).map(place));
  });
  const lifted = (event) => {
    fingers.delete(event.pointerId);
    if (event.pointerId !== pointer) return;
    pointer = null;
    if (event.type === "pointercancel" && event.pointerType === "touch") takeBack();
    else end();
  };
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    sheet.addEventListener(name, lifted);
  }
  // A long press is a slow stroke, not a request for a menu.
  sheet.addEventListener("contextmenu", (event) => event.pointerType !== "mouse" && event.preventDefault());
}

// A ring as wide as the pen's line, with four marks around it; another colour while the pen is down.
export function paintCursor(canvas, { x, y, down }, penWidth) {
  const context = context2d(canvas);
  const side = canvas.width;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, side, side);
  context.scale(side / PAPER, side / PAPER);
  for (const { colour, width } of [{ colour: "black", width: 5 }, { colour: down ? "#ffd166" : "white", width: 2.5 }]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, penWidth / 2, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 22 * dx, y + 22 * dy);
      context.lineTo(x + 32 * dx, y + 32 * dy);
    }
    context.stroke();
  }
}
