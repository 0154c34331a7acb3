// One step of a network, taken apart: see lesson.js.
//
// data: {digest: of the network's program, others: of other digits, both of which a courier brings (see pad_data);
// digit: base64 of 784 float32; label; names, activations: of the layers; penalty, alpha: a digit's share of it in a batch of so many; values, sums, deltas, slopes:
// base64 of float64, those of all layers behind each other (values without the digit, slopes of hidden layers);
// loss, added: by the penalty; taken: [{rate, values, deltas}]; losses: before each step and now; most: steps; finite;
// served: [{rate, double, single, better, …}] or []; codes: for each station [{title, lines, marked}]; start: learning rate; token}.
// Of a network with convolutions `rates`, of the steps that were taken, stands for values, sums, deltas, slopes and taken.
// Sends `rate`, where the slider was left, and `press`: {what: "take" | "back", n, rate, token}.

import { instanceAt } from "../shared/dom.js";
import { OneStep } from "./lesson.js";

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const lesson = instanceAt(parentElement, () => new OneStep(parentElement));
  const turn = lesson.start(
    data,
    (name, value) => setStateValue(name, value),
    (press) => setTriggerValue("press", press),
  );
  return () => lesson.stop(turn);
}
