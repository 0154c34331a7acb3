// What the networks make of the drawing: the picture they get, their hidden layers, their answer.
//
// A reading is {seen: base64 of 784 bytes or null, networks: [{slot, title, probabilities: [10] or absent,
// layers: [{name, units, rows, columns, maps?, values?}]}]}. A layer has `maps` maps of rows x columns units, or else
// its units stand in rows and columns; its values are base64 of float32, or `steps`, base64 of bytes from `low` to
// `top`, or absent. The elements are made once for each network and only their contents change, so that nothing
// flickers while somebody draws.

class Readings {
  constructor(root, announce) {
    this.announce = announce;
    this.place = root.querySelector(".networks");
    this.seen = root.querySelector(".seen canvas");
    this.rows = new Map();
    this.seenHover = tellOnHover(
      this.seen, () => ({ rows: 28, columns: 28 }),
      (i) => this.pixels && `row ${Math.floor(i / 28)}, column ${i % 28}: ${(this.pixels[i] / 255).toFixed(2)}`,
      announce);
    this.show({ seen: null, networks: [] });
  }

  show(reading) {
    this.pixels = reading.seen && bytesFrom(reading.seen);
    paintSeen(this.seen, this.pixels);
    this.seenHover.refresh();
    const inked = this.pixels?.reduce((sum, value) => sum + (value > 25), 0);
    this.seen.setAttribute("aria-label",
      this.pixels ? `The digit as the network gets it: 28 by 28 pixels, ${inked} of them inked` : "Nothing drawn yet");

    const shape = JSON.stringify(reading.networks.map(({ slot, title, layers }) => [slot, title, layers.length]));
    if (shape !== this.shape) {
      this.shape = shape;
      this.rows = new Map(reading.networks.map((network) => [network.slot, new NetworkRow(network, this.announce)]));
      this.place.replaceChildren(...[...this.rows.values()].map((row) => row.article));
    }
    for (const network of reading.networks) this.rows.get(network.slot).show(network);
  }

  // The same rows without any number: nothing has been drawn.
  forget() {
    paintSeen(this.seen, (this.pixels = null));
    this.seen.setAttribute("aria-label", "Nothing drawn yet");
    for (const row of this.rows.values()) row.forget();
  }

  // "MLP reads 7, 98.3 %", for those who cannot see it.
  sentences() {
    return [...this.rows.values()].map((row) => row.sentence).filter(Boolean).join(". ");
  }
}

class NetworkRow {
  constructor(network, announce) {
    this.title = network.title;
    this.layers = network.layers.map(() => new LayerPicture(announce));
    this.says = element("p", { class: "unseen" });
    this.digit = element("span", { class: "digit" });
    this.sure = element("span", { class: "sure" });
    this.answer = element("p", { class: "answer", "aria-hidden": "true" }, this.digit, this.sure);
    this.waiting = element("p", { class: "waiting", "aria-hidden": "true" }, "?");
    this.bars = element("ol", { class: "bars" });
    this.reading = element("div", { class: "reading", role: "group", "data-testid": `prediction-${network.slot}` },
      this.says, element("p", { class: "title", "aria-hidden": "true" }, `${network.title} reads`),
      this.answer, this.waiting, this.bars);
    this.stages = element("div", { class: "stages" }, ...this.layers.map((layer) => layer.figure));
    this.article = element("article", { class: "network", "aria-label": network.title }, this.stages, this.reading);
  }

  show(network) {
    network.layers.forEach((layer, i) => this.layers[i].show(layer));
    if (!network.probabilities) {
      this.forget();
      return;
    }
    const { probabilities } = network;
    const winner = probabilities.indexOf(Math.max(...probabilities));
    this.sentence = `${this.title} reads ${winner}, ${percent(probabilities[winner])}`;
    this.reading.classList.remove("empty");
    this.reading.setAttribute("aria-label", this.sentence);
    this.says.textContent = this.sentence;
    this.digit.textContent = String(winner);
    this.sure.textContent = percent(probabilities[winner]);
    if (!this.bars.children.length) this.bars.replaceChildren(...probabilities.map((_, digit) => barOf(digit)));
    probabilities.forEach((probability, digit) => {
      const bar = this.bars.children[digit];
      bar.classList.toggle("winner", digit === winner);
      bar.style.setProperty("--probability", probability);
      bar.querySelector(".number").textContent = percent(probability);
    });
  }

  forget() {
    this.sentence = "";
    this.reading.classList.add("empty");
    this.reading.setAttribute("aria-label", `${this.title} waits for a digit`);
    this.says.textContent = `Draw a digit, and ${this.title} reads it.`;
    for (const part of [this.digit, this.sure, this.bars]) part.replaceChildren();
    for (const layer of this.layers) layer.forget();
  }
}

function barOf(digit) {
  return element("li", {},
    element("span", { class: "label" }, String(digit)),
    element("span", { class: "track" }, element("span", { class: "bar" })),
    element("span", { class: "number" }));
}

class LayerPicture {
  constructor(announce) {
    this.name = element("strong");
    this.units = element("span");
    this.canvas = element("canvas", { role: "img", tabindex: 0 });
    this.low = element("span");
    this.ramp = element("span", { class: "ramp" });
    this.top = element("span");
    this.scale = element("p", { class: "scale", "aria-hidden": "true" }, this.low, this.ramp, this.top);
    this.figure = element("figure", { class: "picture layer" },
      element("figcaption", {}, this.name, this.units),
      element("div", { class: "frame" }, this.canvas),
      this.scale);
    this.hover = tellOnHover(
      this.canvas, () => this.mosaic ?? this.layer, (cell) => this.tell(cell), announce);
  }

  show(layer) {
    const shape = [layer.rows, layer.columns, layer.maps].join();
    if (shape !== this.shape) {
      this.shape = shape;
      this.mosaic = layer.maps ? mosaicOf(layer) : null;
    }
    this.layer = layer;
    this.name.textContent = layer.name;
    this.units.textContent = this.size();
    this.canvas.classList.toggle("maps", Boolean(layer.maps));
    if (!layer.values && !layer.steps) {
      this.forget();
      return;
    }
    this.values = valuesOf(layer);
    const scale = scaleOf(this.values);
    if (this.mosaic) {
      paintMaps(this.canvas, this.mosaic, scale.map, (unit) => Math.round(255 * scale.place(this.values[unit])));
    } else {
      paintUnits(this.canvas, layer, (unit) => scale.colour(this.values[unit]));
    }
    this.hover.refresh();
    this.scale.classList.remove("empty");
    this.low.textContent = scale.low ? scale.low.toFixed(2) : "0";
    if (this.map !== scale.map) this.ramp.style.background = gradientOf((this.map = scale.map));
    this.top.textContent = `max ${scale.top.toFixed(2)}`;
    let [strongest, lit] = [0, 0];
    for (let unit = 0; unit < this.values.length; unit += 1) {
      if (this.values[unit] > this.values[strongest]) strongest = unit;
      if (Math.abs(this.values[unit]) > 1e-6) lit += 1;
    }
    this.canvas.setAttribute("aria-label",
      `${layer.name}: ${this.size()}, ${lit} not zero, strongest ${this.unitName(strongest)} at `
      + this.values[strongest].toFixed(3));
  }

  forget() {
    this.values = null;
    if (!this.layer) return;
    if (this.mosaic) {
      paintMaps(this.canvas, this.mosaic, CIVIDIS, () => 0);
    } else {
      const unlit = getComputedStyle(this.canvas).getPropertyValue("--unlit");
      paintUnits(this.canvas, this.layer, () => unlit || "gray");
    }
    this.hover.refresh();
    this.scale.classList.add("empty");
    this.canvas.setAttribute("aria-label", `${this.layer.name}: ${this.size()}, nothing drawn yet`);
  }

  size() {
    const { units, rows, columns, maps } = this.layer;
    return maps ? `${counted(maps, "map")} of ${rows} × ${columns}` : counted(units, "unit");
  }

  unitName(unit) {
    const { rows, columns, maps } = this.layer;
    if (!maps) return `unit ${unit}`;
    const within = unit % (rows * columns);
    return `map ${Math.floor(unit / (rows * columns))}, row ${Math.floor(within / columns)}, column ${within % columns}`;
  }

  tell(cell) {
    const unit = this.mosaic ? this.mosaic.unitAt(cell) : cell;
    if (!this.values || unit === null || unit >= this.values.length) return "";
    return `${this.unitName(unit)}: ${this.values[unit].toFixed(3)}`;
  }
}

function valuesOf({ values, steps, low, top }) {
  if (values) return new Float32Array(bytesFrom(values).buffer);
  const told = new Float32Array(bytesFrom(steps));
  for (let unit = 0; unit < told.length; unit += 1) told[unit] = low + (told[unit] / 255) * (top - low);
  return told;
}
