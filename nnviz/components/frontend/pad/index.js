// The pad: pointers and keys become strokes, strokes become ink on the sheet, a digit for the networks, and messages to
// Python.
//
// data: {key, start: [{strokes, base, options}], alone: true where there is no server}. Sends `lesson`, the slot of a
// network to look into, and `drawing`: {number, strokes, base, options, digit, ask, have}: base is a picture under the
// strokes or null, options are the steps of the preparation, digit is base64 of 784 bytes or
// null, ask names the slots that this browser does not compute, have the networks that it has. Couriers bring the slots,
// their networks, and what the server reads.

import { publish, replay, subscribe } from "../shared/channel.js";
import { followConnection } from "./connection.js";
import { followScreen } from "./fitting.js";
import { Brush, download, loadFromTab, saveInTab } from "./tools.js";
import { InkCanvas, MNIST } from "./preprocessing.js";
import { Answers } from "./answers.js";
import { LiveNetworks } from "./live_networks.js";
import { Outbox } from "./outbox.js";
import { paintCursor, trackPointer } from "./pointer.js";
import { paintGrey, PreprocessingSteps } from "./preprocessing_steps.js";
import { Drawing, paintDrawing, PAPER } from "./strokes.js";
import { base64FromBytes, bytesFromBase64, floatsFromBase64, percent } from "../shared/text.js";
import { context2d, element, instanceAt, onPress, setText } from "../shared/dom.js";

// What those import: named here too, so that the browser asks for all at once instead of finding out level by level. A
// test holds the list against the imports.
import "./answer.js";
import "./painting.js";
import "./value_tips.js";
import "../network/build_network.js";
import "../network/formula.js";
import "../network/interpreter.js";
import "../network/matmul.js";
import "../network/mixing.js";
import "../network/moving.js";
import "../network/recurrent.js";
import "../network/stages.js";
import "../network/unit_formula.js";
import "../network/windows.js";
import { say } from "../shared/words.js";

const ANSWER_MS = 1500; // for the beholder to read a digit before its label is told

class Pad {
  constructor(root) {
    this.root = root;
    this.sheet = root.querySelector(".sheet");
    this.cursor = root.querySelector(".cursor");
    this.invitation = root.querySelector(".invitation");
    this.keys = root.querySelector(".keys");
    this.status = root.querySelector(".unseen[role=status]");
    this.drawing = new Drawing();
    this.pen = { x: PAPER / 2, y: PAPER / 2, down: false };
    this.brush = new Brush(root, () => this.redraw());
    this.readings = new Answers(
      root,
      (text) => this.announce(text),
      (slot) => this.openLesson(slot),
      (slot, digit) => publish("pad-asked", { key: this.key, slot, digit }),
    );
    this.inkSheet = new InkCanvas();
    this.xray = new PreprocessingSteps(root, () => this.changed(), (text) => this.announce(text));
    this.live = new LiveNetworks(this.readings);
    this.digit = null; // 784 bytes: as MNIST's digits are, and as the server gets it, so that both see the same
    this.outbox = new Outbox(
      () => this.content(),
      (message) => this.send(message),
      () => this.live.asked.length > 0,
    );
    trackPointer(this.sheet, {
      begin: (x, y, pressure, otherEnd) => {
        this.penUp();
        this.cursor.hidden = true;
        this.begin(x, y, pressure, otherEnd);
      },
      extend: (places) => {
        for (const [x, y, pressure] of places) this.drawing.extend(x, y, pressure);
        this.changed();
      },
      end: () => this.finish(),
      takeBack: () => this.drawing.drop() && this.changed(),
    });
    this.followKeys();
    this.followTools();
  }

  // Streamlit calls the default export again for changed data, and an earlier call's clean-up may come after a later
  // call: so clean-ups are told apart by their turn, and only the last one's counts.
  start(data, send, ask) {
    this.send = send;
    this.ask = ask;
    this.turn = (this.turn ?? 0) + 1;
    if (!this.key) {
      this.key = data.key;
      this.live.alone = data.alone ?? false;
      this.recall(data.start[0]);
    }
    if (!this.listening) {
      this.listening = new AbortController();
      const { signal } = this.listening;
      subscribe("pad-data", (detail) => this.receive(detail), signal);
      subscribe("pad-picture", (detail) => this.put(detail), signal);
      replay("pad-networks", () => [this.networks()], signal);
      replay("pad-digit", () => [this.told()], signal);
      const resized = new ResizeObserver(() => this.redraw());
      resized.observe(this.sheet);
      signal.addEventListener("abort", () => resized.disconnect());
      // Before a link is followed, or the page is left otherwise.
      for (const kind of ["pointerdown", "keydown"]) {
        document.addEventListener(kind, () => this.tell(), { capture: true, signal });
      }
      addEventListener("pagehide", () => this.tell(), { signal });
      document.addEventListener("click", (event) => this.hold(event), { capture: true, signal });
      followScreen(this.root.querySelector(".component"), signal);
      followConnection((connected) => this.connect(connected), signal);
    }
    this.redraw();
    return this.turn;
  }

  // What no message tells yet is told now, a frame before it would be.
  tell() {
    if (this.drawing.current) return;
    this.read();
    this.outbox.hasten();
  }

  // A link waits until the server has the drawing: what is sent in the same moment as the next page is asked for, gets
  // lost between the two.
  hold(event) {
    const path = event.composedPath();
    const link = path.find((/** @type {EventTarget} */ node) => node instanceof HTMLAnchorElement);
    if (link || !path.includes(this.root)) this.tell(); // the end of a stroke is a click, too
    if (!link || this.held || this.offline || this.outbox.settled || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.held = true;
    this.outbox.arrived().then(() => {
      link.click();
      this.held = false;
    });
  }

  stop(turn) {
    if (turn !== this.turn) return;
    this.listening?.abort();
    this.listening = null;
    this.outbox.stop();
  }

  receive(detail) {
    if (detail.what === "dropped") this.live.drop(detail.digest);
    else if (detail.what === "network") this.live.arrive(detail);
    else if (detail.what === "missing") this.live.miss(detail.digest);
    else if (detail.what === "learned") return this.learn(detail);
    else if (detail.key !== this.key) return;
    else if (detail.what === "slots") this.live.choose(detail.slots);
    else this.receiveReading(detail);
    if (detail.what === "dropped") return;
    publish("pad-networks", this.networks());
    if (detail.what === "reading") {
      publish("pad-digit", this.told());
      return;
    }
    this.stale = true;
    this.redraw();
    if (this.live.asked.length) this.touched = true;
  }

  // The same network after more of its training: what is drawn is read again, and nothing is sent for it.
  learn(detail) {
    this.live.learn(detail);
    this.stale = true;
    this.redraw();
  }

  // What the server read, of the slots that it was asked about.
  receiveReading({ answers, digit, networks }) {
    const pixels = digit && Float32Array.from(bytesFromBase64(digit), (byte) => byte / 255);
    const asked = new Set(this.live.asked);
    this.readDigit = pixels;
    for (const { slot, layers, code } of networks) {
      if (!asked.has(slot)) continue;
      const values = pixels ? layers.map(layerValues) : [];
      this.live.serve(slot, layers, code, pixels, values);
      // A reading of ink that has been wiped away meanwhile.
      if (!pixels || this.drawing.empty) this.readings.forget(slot);
      else this.readings.show(slot, values[values.length - 1], pixels);
    }
    if (this.live.fault) this.readings.showDigit(this.drawing.empty ? null : pixels);
    this.readings.compare();
    this.outbox.answered(answers);
    if (!this.drawing.current) this.rest();
  }

  // For the pictures of the networks and of what they read.
  networks() {
    return { key: this.key, networks: this.live.pictured() };
  }

  told() {
    const digit = this.live.fault ? this.readDigit : this.pixels;
    return { key: this.key, digit: this.drawing.empty ? null : digit, moving: this.drawing.current !== null };
  }

  // What was sent meanwhile may have been lost.
  connect(connected) {
    this.offline = !connected;
    setText(
      this.tool("offline"),
      connected ? "" : say("Not connected: drawing goes on, and the networks go on reading."),
    );
    if (connected && this.touched) this.outbox.again();
  }

  // Without its address, which would load the page anew. The drawing is there before, as it is sent first.
  openLesson(slot) {
    if (this.offline) this.announce(say("Not connected: the lesson opens when the line is there again."));
    else this.ask(slot);
    return true;
  }

  content() {
    const base = this.drawing.base && { picture: this.drawing.base.picture };
    const digit = this.digit && base64FromBytes(this.digit);
    const { asked: ask, have } = this.live;
    return { strokes: this.drawing.strokes(), base, options: this.xray.options, digit, ask, have };
  }

  // What this tab has kept, else what the server remembers. A server that has forgotten it is told again.
  recall({ strokes, base, options }) {
    this.drawing.load(strokes, base);
    this.xray.set(options);
    const known = JSON.stringify(this.content());
    const own = loadFromTab(this.key);
    if (own && this.drawing.restore(own)) {
      this.xray.set({ centre: own.options?.centre !== false, fit: own.options?.fit !== false });
      if (this.drawing.base) this.drawing.base.told = true;
    }
    this.touched = JSON.stringify(this.content()) !== known;
    this.stale = true;
  }

  put({ key, picture, words, answer }) {
    if (key !== this.key) return;
    this.penUp();
    if (!picture) {
      if (this.drawing.clear()) this.after(words);
      return;
    }
    this.drawing.put({ picture, words, answer });
    this.announce(words);
    this.changed();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const { base } = this.drawing;
      if (!base || base.picture !== picture) return;
      base.told = true;
      this.redraw();
      this.announce(answer);
    }, ANSWER_MS);
  }

  note() {
    const { base } = this.drawing;
    const note = this.tool("pad-note");
    note.hidden = !base?.words;
    if (!base?.words) return;
    const [words, answer] = note.children;
    setText(words, base.words);
    setText(answer, base.told ? base.answer ?? "" : "");
  }

  // The pen rests: time for what nobody sees.
  rest() {
    this.readings.busy(false);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.readings.rest();
      this.xray.rest();
    }, 60);
    this.announceReading();
  }

  announceReading() {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => this.announce(this.readings.sentences()), 500);
  }

  announce(text) {
    if (text && this.status.textContent !== text) this.status.textContent = text;
  }

  changed() {
    this.stale = this.touched = true;
    this.redraw();
    if (!this.drawing.current) saveInTab(this.key, { ...this.drawing.all(), options: this.xray.options });
  }

  // The digit, and what the networks make of it; the server hears of it when the stroke is at its end.
  read() {
    if (!this.stale) return;
    this.stale = false;
    const drawing = this.drawing.current !== null;
    const prepared = this.live.fault ? null : this.inkSheet.prepare(this.drawing, this.xray.options);
    this.xray.show(prepared, this.inkSheet.canvas);
    this.readings.tellSteps(this.xray.options, Boolean(this.drawing.base));
    this.digit = digitBytes(prepared);
    this.pixels = this.digit && Float32Array.from(this.digit, (byte) => byte / 255);
    if (this.pixels) this.live.turn(this.pixels);
    else if (!this.live.fault || this.drawing.empty) this.readings.forgetAll();
    publish("pad-digit", this.told());
    if (this.touched) this.outbox.changed(!drawing);
    if (drawing) this.readings.busy(true);
    else this.rest();
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
      const context = context2d(this.sheet);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, side, side);
      context.scale(side / PAPER, side / PAPER);
      paintDrawing(context, this.drawing.strokes(), "white", this.drawing.base);
      this.read();
      if (!this.cursor.hidden) paintCursor(this.cursor, this.pen, this.brush.width);
      const blank = !this.drawing.strokes().length && !this.drawing.base;
      this.invitation.hidden = !blank;
      this.keys.hidden = !this.cursor.hidden; // who moves the pen has read how
      this.tool("pad-undo").disabled = !this.drawing.done.length && !this.drawing.current;
      this.tool("pad-redo").disabled = !this.drawing.undone.length;
      for (const name of ["pad-clear", "pad-save", "seen-save"]) this.tool(name).disabled = blank;
      this.note();
    });
  }

  begin(x, y, pressure, otherEnd) {
    if (this.drawing.full) {
      this.announce(say("The pad is full of ink. Clear it to go on."));
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
      if (event.key in steps && !command && !event.altKey) {
        this.movePen(...steps[event.key], event.shiftKey ? 2 : 10);
      } else if (event.key === " ") this.pen.down ? this.penUp() : this.penDown();
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
    const share = (n) => percent(n / PAPER, 0);
    const place = { x: share(this.pen.x), y: share(this.pen.y) };
    this.announce(say("Pen down, {x} from the left, {y} from the top", place));
  }

  penUp() {
    if (!this.pen.down) return;
    this.pen.down = false;
    this.finish();
    this.redraw();
    this.announce(say("Pen up"));
  }

  tool(testid) {
    return this.root.querySelector(`[data-testid="${testid}"]`);
  }

  followTools() {
    onPress(this.tool("pad-undo"), () => this.undo());
    onPress(this.tool("pad-redo"), () => this.redo());
    onPress(this.tool("pad-clear"), () => this.clear());
    onPress(this.tool("pad-save"), () =>
      download("digit.png", 2 * PAPER, (context) => {
        const ink = context2d(element("canvas", { width: 2 * PAPER, height: 2 * PAPER }));
        ink.scale(2, 2);
        paintDrawing(ink, this.drawing.strokes(), "white", this.drawing.base); // an eraser takes no paper with it
        context.drawImage(ink.canvas, 0, 0);
      }));
    onPress(this.tool("seen-save"), () => {
      const prepared = this.inkSheet.prepare(this.drawing, this.xray.options);
      if (prepared) {
        download("digit-28x28.png", MNIST.side, (context) => paintGrey(context, prepared.centred));
      }
    });
  }

  undo() {
    this.pen.down = false;
    if (this.drawing.undo()) this.after(say("Stroke taken back"));
  }

  redo() {
    if (this.drawing.redo()) this.after(say("Stroke drawn again"));
  }

  clear() {
    this.pen.down = false;
    if (this.drawing.clear()) this.after(say("Pad cleared"));
  }

  after(text) {
    clearTimeout(this.speaking); // of what has just been taken away
    this.announce(text);
    this.changed();
  }
}

// A preparation as bytes; null for no ink.
function digitBytes(preparation) {
  return preparation && Uint8Array.from(preparation.centred, (value) => Math.round(255 * value));
}

// A layer's values as the server sends them: base64 of float32, or `steps`, bytes from `low` to `top`.
function layerValues({ values, steps, low, top }) {
  return values
    ? floatsFromBase64(values)
    : Float32Array.from(bytesFromBase64(steps), (step) => low + (step / 255) * (top - low));
}

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const pad = instanceAt(parentElement, () => new Pad(parentElement));
  const turn = pad.start(
    data,
    (message) => setStateValue("drawing", message),
    (slot) => setTriggerValue("lesson", slot),
  );
  return () => pad.stop(turn);
}
