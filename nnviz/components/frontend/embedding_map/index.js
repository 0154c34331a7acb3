// Thousands of digits as points: pointed at, a point shows its digit and its nearest neighbours; pressed, it is chosen.
//
// data: {album: name of the sheet of pictures (sprite_sheet), title, labels: base64 of n bytes, points: base64 of n * 2 uint16,
// x to the right and y upward, neighbours: base64 of n * each uint16, each, star: null or {place: [x, y] in 0 … 1, picture:
// base64 of 784 bytes, neighbours: [...]}, token, start}. Sends `chosen`: {album, index}, index n for the star, or null when
// the chosen point is pressed again.

import { subscribe } from "../shared/channel.js";
import { bytesFromBase64 } from "../shared/text.js";
import { context2d, element, instanceAt, moveWithArrows, setTabStop } from "../shared/dom.js";
import { say, sayMany } from "../shared/words.js";

const SIDE = 28;
const MARGIN = 18; // pixels around the points when all are in view
const MOST_NEAR = 80; // times larger than all in view
const MOST_PICTURES = 350; // in view, and points are drawn as the digits they are
const MOVE = 500; // ms for the points to go from one map to the next
// Beside their colours, for those who see fewer of them: one for each digit.
const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "saltire", "bar", "funnel", "pillar", "bow"];

class EmbeddingMap {
  constructor(root) {
    this.canvas = root.querySelector(".map");
    this.frame = root.querySelector(".frame");
    this.legend = root.querySelector(".legend");
    this.tip = root.querySelector(".tip");
    this.says = root.querySelector(".says");
    this.shown = new Array(10).fill(true);
    this.fingers = new Map();
    this.view = { x: 0.5, y: 0.5, zoom: 1 };
    /** @type {number | null} */
    this.at = null; // the point that is looked at
    /** @type {any} */
    this.data = null;
    this.n = 0;
    this.points = new Float32Array(); // x and y of n points and of the star, as they are shown
    this.goal = this.points; // and where they go
    this.labels = new Uint8Array();
    this.neighbours = new Uint16Array();
    /** @type {string[]} */
    this.colours = [];
    this.ink = "";
    /** @type {(number | null)[]} */
    this.centres = []; // a digit of each class, where the class is at home
    /** @type {Float32Array | null} */
    this.from = null; // where the points were before they went to their goal
    this.began = 0;
    this.down = [0, 0]; // where the pointer was pressed
    this.side = 0; // of the digits' pictures, while points are drawn as such
    const on = (name, act, options) => this.canvas.addEventListener(name, act.bind(this), options);
    on("pointerdown", this.press);
    on("pointermove", this.move);
    on("pointerup", this.release);
    on("pointercancel", this.lose);
    on("pointerleave", this.leave);
    const escape = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.look(null);
    on("pointerenter", () => document.addEventListener("keydown", escape));
    on("pointerleave", () => document.removeEventListener("keydown", escape));
    on("wheel", this.wheel, { passive: false });
    on("keydown", this.key);
    on("blur", () => this.look(null));
    on("transitionend", () => this.restyle());
    root.querySelector(".acts").addEventListener(
      "click",
      (event) => this.act(event.target.closest("button")?.dataset.act),
    );
    moveWithArrows(
      this.legend,
      (row, column) => (row ? undefined : this.legend.children[column]),
      (button) => [0, [...this.legend.children].indexOf(button)],
    );
    this.legend.addEventListener("click", (event) => this.toggle(event.target.closest("button")));
    new ResizeObserver(() => this.later()).observe(this.canvas);
    receiveSprites(this);
  }

  show(data, send) {
    this.send = send;
    if (this.token === data.token) return;
    this.token = data.token;
    const places = new Uint16Array(bytesFromBase64(data.points).buffer);
    const n = places.length / 2;
    const points = new Float32Array(2 * (n + 1)).fill(NaN);
    places.forEach((place, i) => {
      points[i] = i % 2 ? 1 - place / 65535 : place / 65535;
    });
    if (data.star) points.set([data.star.place[0], 1 - data.star.place[1]], 2 * n);
    const same = this.data?.album === data.album;
    if (!same) {
      this.at = null;
      const last = this.told === undefined ? data.start : this.told;
      this.chosen = last?.album === data.album ? last.index : null;
    }
    if (this.chosen === n && !data.star) this.chosen = null;
    this.from = same && !matchMedia("(prefers-reduced-motion: reduce)").matches ? this.points : null;
    this.began = performance.now();
    this.data = data;
    this.n = n;
    this.points = this.goal = points;
    this.labels = bytesFromBase64(data.labels);
    this.neighbours = new Uint16Array(bytesFromBase64(data.neighbours).buffer);
    this.star = data.star && pictureOf(bytesFromBase64(data.star.picture));
    this.centres = this.densest();
    this.view = { x: 0.5, y: 0.5, zoom: 1 };
    this.canvas.setAttribute(
      "aria-label",
      data.star
        ? sayMany(n, "{title}: {n} digit and your drawing", "{title}: {n} digits and your drawing", {
          title: data.title,
        })
        : sayMany(n, "{title}: {n} digit", "{title}: {n} digits", { title: data.title }),
    );
    this.look(null);
    this.restyle();
  }

  // ---- what is where ----

  // Where a class is at home: its digit with the most others of its class close by.
  densest() {
    return this.shown.map((_, digit) => {
      const all = [];
      for (let i = 0; i < this.n; i += 1) if (this.labels[i] === digit) all.push(i);
      const step = Math.max(1, Math.floor(all.length / 120));
      let best = null;
      let most = 0;
      for (let j = 0; j < all.length; j += step) {
        let close = 0;
        for (const i of all) {
          const [dx, dy] = [
            this.goal[2 * i] - this.goal[2 * all[j]],
            this.goal[2 * i + 1] - this.goal[2 * all[j] + 1],
          ];
          close += Number(dx * dx + dy * dy < 0.0025);
        }
        if (close > most) [best, most] = [all[j], close];
      }
      return best;
    });
  }

  here(i) {
    return i === this.n ? Boolean(this.data.star) : this.shown[this.labels[i]];
  }

  measure() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    return { width, height, size: (Math.min(width, height) - 2 * MARGIN) * this.view.zoom };
  }

  place(i) {
    const { width, height, size } = this.measure();
    return [
      width / 2 + (this.points[2 * i] - this.view.x) * size,
      height / 2 + (this.points[2 * i + 1] - this.view.y) * size,
    ];
  }

  // The nearest shown point within reach of a place on the canvas; the star lies on top.
  nearest(x, y, reach) {
    /** @type {number | null} */
    let best = null;
    let least = reach * reach;
    const { width, height, size } = this.measure();
    for (let i = this.n; i >= 0; i -= 1) {
      if (!this.here(i)) continue;
      const dx = width / 2 + (this.points[2 * i] - this.view.x) * size - x;
      const dy = height / 2 + (this.points[2 * i + 1] - this.view.y) * size - y;
      const far = dx * dx + dy * dy;
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }

  // The next point from `at` to the right, left, top or bottom: near, and rather straight ahead than aside.
  next(right, down) {
    if (this.at === null) {
      const { width, height } = this.measure();
      return this.nearest(width / 2, height / 2, Infinity);
    }
    const [x, y] = [this.points[2 * this.at], this.points[2 * this.at + 1]];
    let [best, least] = [this.at, Infinity];
    for (let i = 0; i <= this.n; i += 1) {
      if (i === this.at || !this.here(i)) continue;
      const [dx, dy] = [this.points[2 * i] - x, this.points[2 * i + 1] - y];
      const ahead = right * dx + down * dy;
      const aside = Math.abs(right ? dy : dx);
      if (ahead > 0 && aside <= ahead && ahead + 2 * aside < least) [best, least] = [i, ahead + 2 * aside];
    }
    return best;
  }

  // ---- acting ----

  local(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // How far from a point it is still meant: a finger is broader than a mouse's arrow, a picture than a dot.
  reach(event) {
    return Math.max(event.pointerType === "touch" ? 26 : 16, 0.7 * this.side);
  }

  press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.local(event));
    this.dragged = this.fingers.size > 1; // two fingers are no press
    this.down = this.local(event);
    if (event.pointerType !== "mouse") this.look(this.nearest(...this.down, this.reach(event)));
  }

  move(event) {
    const now = this.local(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.look(this.nearest(...now, this.reach(event)));
      return;
    }
    if (this.fingers.size === 2) {
      const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      const wide = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]);
      const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
      this.zoomBy(wide(now) / Math.max(1, wide(before)), ...middle);
      this.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    } else if (this.dragged || Math.hypot(now[0] - this.down[0], now[1] - this.down[1]) > 6) {
      this.dragged = true;
      this.canvas.classList.add("moving");
      this.pan(now[0] - before[0], now[1] - before[1]);
    }
    this.fingers.set(event.pointerId, now);
  }

  release(event) {
    const pressed = this.fingers.has(event.pointerId) && !this.dragged;
    this.lose(event);
    if (pressed) this.choose(this.nearest(...this.local(event), this.reach(event)));
  }

  lose(event) {
    this.fingers.delete(event.pointerId);
    if (!this.fingers.size) this.canvas.classList.remove("moving");
  }

  leave(event) {
    if (event.pointerType === "mouse" && !this.fingers.size) this.look(null);
  }

  wheel(event) {
    const nearer = event.deltaY < 0;
    if (!nearer && this.view.zoom === 1) return; // all is in view: the page may scroll on
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 33 : 1;
    this.zoomBy(Math.exp((-event.deltaY * lines) / 300), ...this.local(event));
    this.look(this.nearest(...this.local(event), this.reach(event)));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const acts = { "+": "in", "=": "in", "-": "out", 0: "reset" };
    if (event.key in ways) {
      this.look(this.next(...ways[event.key]), true);
    } else if (event.key === "Home" && this.data.star) {
      this.look(this.n, true);
    } else if (event.key in acts) {
      this.act(acts[event.key]);
    } else if ((event.key === "Enter" || event.key === " ") && this.at !== null) {
      this.choose(this.at);
    } else if (event.key === "Escape" && this.at !== null) {
      this.look(null);
    } else {
      return;
    }
    event.preventDefault();
  }

  act(what) {
    const { width, height } = this.measure();
    const kept = this.at ?? this.chosen ?? null; // stays where it is
    const middle = kept === null ? [width / 2, height / 2] : this.place(kept);
    if (what === "in") this.zoomBy(1.6, ...middle);
    if (what === "out") this.zoomBy(1 / 1.6, ...middle);
    if (what === "reset") Object.assign(this.view, { x: 0.5, y: 0.5, zoom: 1 });
    if (what) this.later();
  }

  zoomBy(factor, x, y) {
    const { width, height, size } = this.measure();
    const zoom = Math.min(MOST_NEAR, Math.max(1, this.view.zoom * factor));
    const larger = (size * zoom) / this.view.zoom;
    // What lies under the pointer stays under it.
    this.view.x += (x - width / 2) * (1 / size - 1 / larger);
    this.view.y += (y - height / 2) * (1 / size - 1 / larger);
    this.view.zoom = zoom;
    this.pan(0, 0);
  }

  pan(right, down) {
    const { size } = this.measure();
    const room = 0.5 * (1 - 1 / this.view.zoom) + 0.05; // far enough to bring any point to the middle, nearly
    const within = (value) => Math.min(0.5 + room, Math.max(0.5 - room, value));
    this.view.x = within(this.view.x - right / size);
    this.view.y = within(this.view.y - down / size);
    if (this.view.zoom === 1) Object.assign(this.view, { x: 0.5, y: 0.5 });
    this.later();
  }

  look(i, byKey = false) {
    if (i === this.at && !byKey) return;
    this.at = i;
    if (byKey && i !== null) {
      const [x, y] = this.place(i);
      const { width, height } = this.measure();
      if (x < 10 || y < 10 || x > width - 10 || y > height - 10) {
        [this.view.x, this.view.y] = [this.points[2 * i], this.points[2 * i + 1]];
      }
      this.says.textContent = this.words(i);
    }
    this.later();
    this.showTip();
  }

  choose(i) {
    if (i === null) return;
    this.chosen = i === this.chosen ? null : i;
    this.told = this.chosen === null ? null : { album: this.data.album, index: this.chosen };
    this.send(this.told);
    const point = { point: this.words(i) };
    this.says.textContent = this.chosen === null
      ? say("{point}: no longer chosen", point)
      : say("{point}: chosen", point);
    this.later();
  }

  toggle(button) {
    if (!button) return;
    const { digit, all } = button.dataset;
    if (all) this.shown.fill(all === "true");
    else this.shown[digit] = !this.shown[digit];
    this.tellLegend();
    if (this.at !== null && !this.here(this.at)) this.look(null);
    this.later();
  }

  tellLegend() {
    for (const button of this.legend.querySelectorAll("[data-digit]")) {
      button.setAttribute("aria-pressed", String(this.shown[button.dataset.digit]));
    }
  }

  // ---- painting ----

  later() {
    this.waiting ??= requestAnimationFrame((now) => {
      this.waiting = null;
      this.paint(now);
    });
  }

  // Colours of the theme, which may just have changed.
  restyle() {
    const style = getComputedStyle(this.canvas);
    this.ink = style.color;
    this.paper = style.getPropertyValue("--st-background-color").trim() || "white";
    const listed = style.getPropertyValue("--st-chart-categorical-colors").split(/,(?![^(]*\))/).map((
      colour,
    ) => colour.trim());
    // The theme's eight colours of classes, and for the last two digits the colour of text, and red.
    const colours = [...listed.slice(0, 8), this.ink, style.getPropertyValue("--st-red-color").trim()];
    this.colours = this.shown.map((_, digit) => colours[digit] || this.ink);
    const focused = [...this.legend.children].indexOf(this.legend.getRootNode().activeElement);
    const counts = new Array(10).fill(0);
    this.labels.forEach((digit) => {
      counts[digit] += 1;
    });
    const each = this.shown.flatMap((shown, digit) => {
      if (!counts[digit]) return [];
      const swatch = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
      const counted = sayMany(counts[digit], "{n} digit", "{n} digits");
      mark(context2d(swatch), SHAPES[digit], 14, 14, 10, this.colours[digit], this.paper);
      return element(
        "button",
        {
          type: "button",
          "data-digit": digit,
          "aria-pressed": String(shown),
          tabindex: -1,
          "aria-label": `${digit}, ${counted}`,
          title: counted,
        },
        swatch,
        String(digit),
      );
    });
    const both = [[say("All"), "true"], [say("None"), "false"]].map(([word, all]) =>
      element("button", { type: "button", "data-all": all, tabindex: -1 }, word)
    );
    this.legend.replaceChildren(...each, ...both);
    setTabStop(this.legend, this.legend.children[Math.max(0, focused)]);
    if (focused >= 0) this.legend.children[focused].focus();
    this.later();
  }

  paint(now) {
    if (!this.data) return;
    const { width, height, size } = this.measure();
    if (!width) return;
    const { from } = this;
    const part = Math.min(1, (now - this.began) / MOVE);
    if (from && part < 1) {
      const way = part * part * (3 - 2 * part);
      this.points = this.goal.map((place, i) => from[i] === from[i] ? from[i] + way * (place - from[i]) : place);
      this.later();
    } else {
      this.points = this.goal;
      this.from = null;
    }
    const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
    if (
      this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)
    ) {
      [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    }
    this.canvas.classList.toggle("near", this.view.zoom > 1);
    const context = context2d(this.canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);

    const inView = [];
    for (let i = 0; i < this.n; i += 1) {
      if (!this.here(i)) continue;
      const x = width / 2 + (this.points[2 * i] - this.view.x) * size;
      const y = height / 2 + (this.points[2 * i + 1] - this.view.y) * size;
      if (x > -20 && y > -20 && x < width + 20 && y < height + 20) inView.push([i, x, y]);
    }
    const album = this.album();
    const pictures = album && this.view.zoom > 1 && inView.length <= MOST_PICTURES;
    this.side = pictures
      ? Math.min(56, Math.max(18, Math.sqrt((width * height) / Math.max(1, inView.length)) * 0.62))
      : 0;
    if (pictures) this.paintPictures(context, inView, album, this.side);
    else this.paintMarks(context, inView, ratio);
    if (!pictures) this.paintNames(context);
    for (const i of [this.chosen, this.at]) if (i !== null && i !== undefined) this.paintTies(context, i);
    if (this.data.star) star(context, ...this.place(this.n), 13, this.ink, this.paper);
    this.placeTip();
  }

  paintMarks(context, inView, ratio) {
    const radius = Math.min(
      6,
      (this.n > 2000 ? 2.6 : 3.8) * this.view.zoom ** 0.35 * (this.canvas.clientWidth < 500 ? 0.8 : 1),
    );
    const side = Math.ceil(2 * (radius + 1.5) * ratio);
    // One picture of each mark, then stamped: thousands of paths would take several times as long.
    const stamps = this.colours.map((colour, digit) => {
      const stamp = element("canvas", { width: side, height: side });
      mark(context2d(stamp), SHAPES[digit], side / 2, side / 2, radius * ratio, colour, this.paper);
      return stamp;
    });
    for (const [i, x, y] of inView) {
      context.drawImage(
        stamps[this.labels[i]],
        x - side / ratio / 2,
        y - side / ratio / 2,
        side / ratio,
        side / ratio,
      );
    }
  }

  paintPictures(context, inView, album, side) {
    context.imageSmoothingEnabled = side < SIDE;
    for (const [i, x, y] of inView) {
      context.fillStyle = this.colours[this.labels[i]];
      context.fillRect(x - side / 2 - 2, y - side / 2 - 2, side + 4, side + 4);
      const [left, top] = cut(album, i);
      context.drawImage(album.picture, left, top, SIDE, SIDE, x - side / 2, y - side / 2, side, side);
    }
  }

  paintNames(context) {
    context.font = `700 20px ${getComputedStyle(this.canvas).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    this.centres.forEach((i, digit) => {
      if (i === null || !this.shown[digit]) return;
      const [x, y] = this.place(i);
      context.lineWidth = 6;
      context.strokeStyle = this.paper;
      context.strokeText(String(digit), x, y);
      context.fillStyle = this.ink;
      context.fillText(String(digit), x, y);
    });
  }

  // A ring around a point, and lines to those that are nearest to it in all of its numbers.
  paintTies(context, i) {
    const [x, y] = this.place(i);
    context.strokeStyle = this.ink;
    context.lineWidth = 1.5;
    for (const other of this.nearestOf(i)) {
      const [to, down] = this.place(other);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(to, down);
      context.stroke();
      ring(context, to, down, 4, 1.5, this.ink, this.paper);
    }
    ring(context, x, y, i === this.chosen ? 11 : 8, 2.5, this.ink, this.paper);
  }

  nearestOf(i) {
    return i === this.n
      ? this.data.star.neighbours
      : this.neighbours.subarray(i * this.data.each, (i + 1) * this.data.each);
  }

  // ---- the digit that is pointed at ----

  receive(sheet) {
    this.sprites = sheet;
    this.later();
    this.showTip();
  }

  // The pictures of these very digits, once they are here.
  album() {
    return this.sprites?.album === this.data.album ? this.sprites : null;
  }

  words(i) {
    if (i === this.n) return say("your drawing");
    const [digit, n] = [this.labels[i], (i + 1).toLocaleString("en")];
    return digit === 8 ? say("an {digit}, number {n}", { digit, n }) : say("a {digit}, number {n}", { digit, n });
  }

  showTip() {
    this.tip.hidden = this.at === null || !this.data;
    if (this.tip.hidden) return;
    const [canvas, words] = this.tip.children;
    const context = context2d(canvas);
    const album = this.album();
    context.clearRect(0, 0, SIDE, SIDE);
    if (this.at === this.n) context.drawImage(this.star, 0, 0);
    else if (album) context.drawImage(album.picture, ...cut(album, this.at), SIDE, SIDE, 0, 0, SIDE, SIDE);
    this.tip.dataset.index = this.at;
    words.textContent = this.words(this.at);
    this.placeTip();
  }

  placeTip() {
    if (this.tip.hidden) return;
    const [x, y] = this.place(this.at);
    const [wide, high] = [this.tip.offsetWidth, this.tip.offsetHeight];
    const { width, height } = this.measure();
    const left = x + 18 + wide < width ? x + 18 : x - 18 - wide;
    const top = Math.min(Math.max(4, y - high / 2), height - high - 4);
    this.tip.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
  }
}

// A map whose page was left is forgotten, and its subscription ends.
function receiveSprites(map) {
  const there = new WeakRef(map);
  const ended = new AbortController();
  subscribe("sprite-sheet", (sheet) => {
    const still = there.deref();
    if (still) still.receive(sheet);
    else ended.abort();
  }, ended.signal);
}

/** @returns {[number, number]} */
function cut({ across }, i) {
  return [(i % across) * SIDE, Math.floor(i / across) * SIDE];
}

function pictureOf(bytes) {
  const canvas = element("canvas", { width: SIDE, height: SIDE });
  const picture = new ImageData(SIDE, SIDE);
  bytes.forEach((grey, i) => picture.data.set([grey, grey, grey, 255], 4 * i));
  context2d(canvas).putImageData(picture, 0, 0);
  return canvas;
}

// A mark of a class, with a thin line of paper around it so that marks can be told apart where they crowd.
function mark(context, shape, x, y, radius, colour, paper) {
  const corners = {
    square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
    triangle: [[0, -1.15], [1.1, 0.85], [-1.1, 0.85]],
    diamond: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
    funnel: [[-1.1, -0.85], [1.1, -0.85], [0, 1.15]],
    bar: [[-1.3, -0.55], [1.3, -0.55], [1.3, 0.55], [-1.3, 0.55]],
    pillar: [[-0.55, -1.3], [0.55, -1.3], [0.55, 1.3], [-0.55, 1.3]],
    bow: [[-1.15, -0.95], [1.15, 0.95], [1.15, -0.95], [-1.15, 0.95]],
    saltire: [
      [0, -0.55],
      [0.6, -1.15],
      [1.15, -0.6],
      [0.55, 0],
      [1.15, 0.6],
      [0.6, 1.15],
      [0, 0.55],
      [-0.6, 1.15],
      [-1.15, 0.6],
      [-0.55, 0],
      [-1.15, -0.6],
      [-0.6, -1.15],
    ],
    cross: [
      [-0.4, -1.15],
      [0.4, -1.15],
      [0.4, -0.4],
      [1.15, -0.4],
      [1.15, 0.4],
      [0.4, 0.4],
      [0.4, 1.15],
      [-0.4, 1.15],
      [-0.4, 0.4],
      [-1.15, 0.4],
      [-1.15, -0.4],
      [-0.4, -0.4],
    ],
  }[shape];
  outline(context, x, y, radius, corners);
  context.fillStyle = colour;
  context.strokeStyle = paper;
  context.lineWidth = radius < 8 ? 0.5 : 1.5;
  context.fill();
  context.stroke();
}

function outline(context, x, y, radius, corners) {
  context.beginPath();
  if (!corners) context.arc(x, y, radius, 0, 2 * Math.PI);
  else corners.forEach(([right, down]) => context.lineTo(x + radius * right, y + radius * down));
  context.closePath();
}

function ring(context, x, y, radius, width, ink, paper) {
  for (const [colour, line] of [[paper, width + 2], [ink, width]]) {
    outline(context, x, y, radius);
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.stroke();
  }
}

function star(context, x, y, radius, ink, paper) {
  const corners = Array.from({ length: 10 }, (_, i) => {
    const [angle, far] = [(Math.PI * (i - 2.5)) / 5, i % 2 ? 0.45 : 1];
    return [far * Math.cos(angle), far * Math.sin(angle)];
  });
  outline(context, x, y, radius, corners);
  context.lineJoin = "round";
  context.strokeStyle = paper;
  context.lineWidth = 5;
  context.stroke();
  context.fillStyle = ink;
  context.fill();
}

export default function ({ parentElement, data, setStateValue }) {
  instanceAt(parentElement, () => new EmbeddingMap(parentElement)).show(
    data,
    (choice) => setStateValue("chosen", choice),
  );
}
