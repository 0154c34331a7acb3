// A sentence for those who hear the page. One element all the time: only a change within it is read out.
//
// data: {text}

import { setText } from "../shared/dom.js";

export default function ({ parentElement, data }) {
  const said = parentElement.querySelector(".component");
  if (said) setText(said, data.text);
}
