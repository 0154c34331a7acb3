// A network changed by hand: press a unit, paint on its weights, silence it, prune or round all weights, and the answer
// for a digit and the score on other digits follow. All of it is computed here.
//
// data: {digest: of the network's program, judges: of the digits that score it, both of which a courier brings (see
// pad_data), rows: [name, parameters] of its layers, digit: base64 of 784 float32, label: number | null,
// keeps: whether the changed network can be kept}. Sends `kept`: see messageOf in edits.js.

import { instanceAt } from "../shared/dom.js";
import { Workbench } from "./workbench.js";

export default function ({ parentElement, data, setTriggerValue }) {
  const bench = instanceAt(parentElement, () => new Workbench(parentElement));
  const turn = bench.start(data, (text) => setTriggerValue("kept", text));
  return () => bench.stop(turn);
}
