// The pad as a component.

import { Pad } from "./pad.js";
import { instanceAt } from "../shared/dom.js";

export default function ({ parentElement, data, setStateValue }) {
  const pad = instanceAt(parentElement, () => new Pad(parentElement));
  const turn = pad.start(data, (message) => setStateValue("drawing", message));
  return () => pad.stop(turn);
}
