// The pad: pointers and keys become strokes, strokes become ink on the sheet and messages to Python.
//
// data: {key, strokes, base, options} to begin with. Sends `drawing`: {number, strokes, base, options}: base is a
// picture under the strokes or null, options are the steps of the preparation. The courier brings the reading that
// answers it, see readings.js.

const LEAST_MS = 50; // between two messages: twenty readings a second are as many as an eye can use
const PATIENCE_MS = 2000; // for an answer that got lost
const ANSWER_MS = 1500; // for the beholder to read a digit before its label is told

// At most one message is under way, and what was drawn meanwhile is sent when its answer comes: so the last state
// always arrives, and a slow server gets fewer messages instead of a queue.
class Post {
  constructor(compose, send) {
    this.compose = compose;
    this.send = send;
    this.sent = null;
    this.number = 0;
    this.awaited = null;
    this.sentAt = -Infinity;
    this.dirty = false;
    this.hurry = false;
  }

  // hurry: what changed stays as it is now, so there is nothing to wait for.
  changed(hurry) {
    this.dirty = true;
    this.hurry = hurry;
    this.flush();
  }

  answered(number) {
    if (number !== this.awaited) return;
    this.awaited = null;
    this.flush();
  }

  flush() {
    clearTimeout(this.timer);
    if (!this.dirty) return;
    const pause = this.awaited !== null ? PATIENCE_MS : this.hurry ? 0 : LEAST_MS;
    const wait = this.sentAt + pause - performance.now();
    if (wait > 0) {
      this.timer = setTimeout(() => this.flush(), wait);
      return;
    }
    this.dirty = false;
    // The end of a stroke often adds nothing to what was sent while it was drawn.
    const content = this.compose();
    const text = JSON.stringify(content);
    if (text === this.sent) return;
    this.sent = text;
    this.sentAt = performance.now();
    this.awaited = this.number += 1;
    this.send({ number: this.number, ...content });
  }

  stop() {
    clearTimeout(this.timer);
  }
}

class Pad {
  constructor(root) {
    this.root = root;
    this.sheet = root.querySelector(".sheet");
    this.cursor = root.querySelector(".cursor");
    this.invitation = root.querySelector(".invitation");
    this.keys = root.querySelector(".keys");
    this.status = root.querySelector("[role=status]");
    this.drawing = new Drawing();
    this.pen = { x: PAPER / 2, y: PAPER / 2, down: false };
    this.brush = new Brush(root, () => this.redraw());
    this.readings = new Readings(root, (text) => this.announce(text));
    this.inkSheet = new InkSheet();
    this.xray = new XRay(root, () => this.changed(), (text) => this.announce(text));
    this.post = new Post(() => this.content(), (message) => this.send(message));
    this.followPointers();
    this.followKeys();
    this.followTools();
  }

  // Streamlit calls the default export again for changed data, and an earlier call's clean-up may come after a later
  // call: so clean-ups are told apart by their turn, and only the last one's counts.
  start(data, send) {
    this.send = send;
    this.turn = (this.turn ?? 0) + 1;
    if (!this.key) {
      this.key = data.key;
      this.recall(data);
    }
    if (!this.listening) {
      this.listening = new AbortController();
      const { signal } = this.listening;
      document.addEventListener("nnviz-reading", ({ detail }) => this.receive(detail), { signal });
      document.addEventListener("nnviz-put", ({ detail }) => this.put(detail), { signal });
      const resized = new ResizeObserver(() => this.redraw());
      resized.observe(this.sheet);
      signal.addEventListener("abort", () => resized.disconnect());
      const waiting = globalThis.nnvizReadings?.get(this.key);
      if (waiting) this.receive(waiting);
    }
    this.redraw();
    this.post.flush();
    return this.turn;
  }

  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
    this.post.stop();
  }

  receive(reading) {
    if (reading.key !== this.key) return;
    this.readings.show(reading);
    // A reading of ink that has been wiped away meanwhile.
    if (this.drawing.empty) this.readings.forget();
    this.post.answered(reading.answers);
    if (!this.drawing.current && !this.post.dirty) this.announceReading();
  }

  content() {
    const base = this.drawing.base && { picture: this.drawing.base.picture };
    return { strokes: this.drawing.strokes(), base, options: this.xray.options };
  }

  // What this tab has kept, else what the server remembers. A server that has forgotten it is told again.
  recall({ strokes, base, options }) {
    this.drawing.load(strokes, base);
    this.xray.set(options);
    const known = JSON.stringify(this.content());
    const own = kept(this.key);
    if (own && this.drawing.restore(own)) {
      this.xray.set({ centre: own.options?.centre !== false, fit: own.options?.fit !== false });
      if (this.drawing.base) this.drawing.base.told = true;
    }
    if (JSON.stringify(this.content()) !== known) this.post.dirty = this.post.hurry = true;
  }

  put({ key, picture, words, answer }) {
    if (key !== this.key) return;
    this.penUp();
    this.drawing.put({ picture, words, answer });
    this.announce(words);
    this.changed();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      if (this.drawing.base?.picture !== picture) return;
      this.drawing.base.told = true;
      this.redraw();
      this.announce(answer);
    }, ANSWER_MS);
  }

  note() {
    const { base } = this.drawing;
    const note = this.tool("pad-note");
    note.hidden = !base?.words;
    if (note.hidden) return;
    const [words, answer] = note.children;
    words.textContent = base.words;
    answer.textContent = base.told ? base.answer : "";
  }

  announceReading() {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => this.announce(this.readings.sentences()), 500);
  }

  announce(text) {
    if (text && this.status.textContent !== text) this.status.textContent = text;
  }

  changed() {
    this.redraw();
    if (this.drawing.empty) this.readings.forget();
    if (!this.drawing.current) keep(this.key, { ...this.drawing.all(), options: this.xray.options });
    this.post.changed(this.drawing.current === null);
  }

  // Once a frame, however many events there were.
  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      const box = this.sheet.getBoundingClientRect();
      const side = Math.round(box.width * devicePixelRatio);
      for (const canvas of [this.sheet, this.cursor]) {
        if (canvas.width !== side) canvas.width = canvas.height = side;
      }
      const context = this.sheet.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, side, side);
      context.scale(side / PAPER, side / PAPER);
      paintDrawing(context, this.drawing.strokes(), "white", this.drawing.base);
      this.xray.show(this.inkSheet.prepare(this.drawing, this.xray.options), this.inkSheet.canvas);
      this.paintCursor(side);
      const blank = !this.drawing.strokes().length && !this.drawing.base;
      this.invitation.hidden = !blank;
      this.keys.hidden = !this.cursor.hidden; // who moves the pen has read how
      this.tool("pad-undo").disabled = !this.drawing.done.length && !this.drawing.current;
      this.tool("pad-redo").disabled = !this.drawing.undone.length;
      for (const name of ["pad-clear", "pad-save", "seen-save"]) this.tool(name).disabled = blank;
      this.note();
    });
  }

  paintCursor(side) {
    const context = this.cursor.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, side, side);
    context.scale(side / PAPER, side / PAPER);
    const { x, y, down } = this.pen;
    for (const [colour, width] of [["black", 5], [down ? "#ffd166" : "white", 2.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, this.brush.width / 2, 0, 2 * Math.PI);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + 22 * dx, y + 22 * dy);
        context.lineTo(x + 32 * dx, y + 32 * dy);
      }
      context.stroke();
    }
  }

  followPointers() {
    const { sheet } = this;
    let pointer = null;
    const place = (event) => {
      const box = sheet.getBoundingClientRect();
      const scale = PAPER / box.width;
      const pressure = event.pointerType === "pen" ? event.pressure : null;
      return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale, pressure];
    };
    sheet.addEventListener("pointerdown", (event) => {
      // A second finger or a resting palm draws nothing; 32 is the other end of a pen.
      if (pointer !== null || !(event.button === 0 || event.buttons & 32)) return;
      pointer = event.pointerId;
      sheet.setPointerCapture(pointer);
      this.penUp();
      this.cursor.hidden = true;
      const [x, y, pressure] = place(event);
      this.begin(x, y, pressure, Boolean(event.buttons & 32));
    });
    sheet.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      const moves = event.getCoalescedEvents?.() ?? [];
      for (const move of moves.length ? moves : [event]) this.drawing.extend(...place(move));
      this.changed();
    });
    const lifted = (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      this.finish();
    };
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) sheet.addEventListener(name, lifted);
    // A long press is a slow stroke, not a request for a menu.
    sheet.addEventListener("contextmenu", (event) => event.pointerType !== "mouse" && event.preventDefault());
  }

  begin(x, y, pressure, otherEnd) {
    if (this.drawing.full) {
      this.announce("The pad is full of ink. Clear it to go on.");
      return;
    }
    const { width, erases } = this.brush;
    this.drawing.begin(x, y, { width, erase: otherEnd || erases, pressure });
    this.changed();
  }

  finish() {
    if (this.drawing.end()) this.changed();
  }

  followKeys() {
    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    this.sheet.addEventListener("keydown", (event) => {
      const command = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      if (event.key in steps && !command && !event.altKey) this.movePen(...steps[event.key], event.shiftKey ? 2 : 10);
      else if (event.key === " ") this.pen.down ? this.penUp() : this.penDown();
      else if (event.key === "Escape" && this.pen.down) this.penUp();
      else if (command && (key === "y" || (key === "z" && event.shiftKey))) this.redo();
      else if (command && key === "z") this.undo();
      else if (event.key === "Delete" || event.key === "Backspace") this.clear();
      else return;
      event.preventDefault();
    });
    this.sheet.addEventListener("blur", () => {
      this.penUp();
      this.cursor.hidden = true;
      this.redraw();
    });
  }

  movePen(right, down, by) {
    const within = (n) => Math.min(PAPER, Math.max(0, n));
    this.pen.x = within(this.pen.x + by * right);
    this.pen.y = within(this.pen.y + by * down);
    this.cursor.hidden = false;
    if (this.pen.down) this.drawing.extend(this.pen.x, this.pen.y);
    if (this.pen.down) this.changed();
    else this.redraw();
  }

  penDown() {
    this.pen.down = true;
    this.cursor.hidden = false;
    this.begin(this.pen.x, this.pen.y, null, false);
    const share = (n) => Math.round((100 * n) / PAPER);
    this.announce(`Pen down, ${share(this.pen.x)} % from the left, ${share(this.pen.y)} % from the top`);
  }

  penUp() {
    if (!this.pen.down) return;
    this.pen.down = false;
    this.finish();
    this.redraw();
    this.announce("Pen up");
  }

  tool(testid) {
    return this.root.querySelector(`[data-testid="${testid}"]`);
  }

  followTools() {
    this.tool("pad-undo").addEventListener("click", () => this.undo());
    this.tool("pad-redo").addEventListener("click", () => this.redo());
    this.tool("pad-clear").addEventListener("click", () => this.clear());
    this.tool("pad-save").addEventListener("click", () => download("digit.png", 2 * PAPER, (context) => {
      const ink = element("canvas", { width: 2 * PAPER, height: 2 * PAPER }).getContext("2d");
      ink.scale(2, 2);
      paintDrawing(ink, this.drawing.strokes(), "white", this.drawing.base); // an eraser takes no paper with it
      context.drawImage(ink.canvas, 0, 0);
    }));
    this.tool("seen-save").addEventListener("click", () => {
      const prepared = this.inkSheet.prepare(this.drawing, this.xray.options);
      if (prepared) download("digit-28x28.png", MNIST.side, (context) => paintGrey(context, prepared.centred));
    });
  }

  undo() {
    this.pen.down = false;
    if (this.drawing.undo()) this.after("Stroke taken back");
  }

  redo() {
    if (this.drawing.redo()) this.after("Stroke drawn again");
  }

  clear() {
    this.pen.down = false;
    if (this.drawing.clear()) this.after("Pad cleared");
  }

  after(text) {
    this.announce(text);
    this.changed();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const pad = instanceAt(parentElement, () => new Pad(parentElement));
  const turn = pad.start(data, (message) => setStateValue("drawing", message));
  return () => pad.stop(turn);
}
