// The pad as a component.

import { Pad } from "./pad.js";
import { instanceAt } from "../shared/dom.js";

// What those import, and what that imports: named here, so that the browser asks for all at once instead of finding out
// level by level. A test holds the list against the imports.
import "../network/interpreter.js";
import "../network/matmul.js";
import "../network/trial.js";
import "../network/unit_formula.js";
import "../shared/base64.js";
import "../shared/channel.js";
import "../shared/colors.js";
import "../shared/format.js";
import "./brush.js";
import "./ink_canvas.js";
import "./input_highlights.js";
import "./layer_picture.js";
import "./live_networks.js";
import "./network_panels.js";
import "./outbox.js";
import "./painting.js";
import "./pointer.js";
import "./preprocessing.js";
import "./preprocessing_steps.js";
import "./saving.js";
import "./strokes.js";
import "./value_tips.js";

export default function ({ parentElement, data, setStateValue }) {
  const pad = instanceAt(parentElement, () => new Pad(parentElement));
  const turn = pad.start(data, (message) => setStateValue("drawing", message));
  return () => pad.stop(turn);
}
