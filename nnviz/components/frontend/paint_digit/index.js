// A digit that is painted on until a network reads it otherwise; the answer and the distance follow each stroke.
//
// data: {digest: of the network's program, which a courier brings (see pad_data), digit: base64 of 784 float32}.
// Sends nothing: all of it stays in the browser.

import { instanceAt } from "../shared/dom.js";
import { PaintDigit } from "./painting.js";

export default function ({ parentElement, data }) {
  const painting = instanceAt(parentElement, () => new PaintDigit(parentElement));
  const turn = painting.start(data);
  return () => painting.stop(turn);
}
