// The pad in a file of its own, without a server: what Streamlit does for it on a page is done here.
//
// In the file, `content` is {key, slots, networks, start}: slots as the pad is told them, networks the messages that it
// would fetch, each base64, start the drawing that it begins with. See nnviz/components/pad_file.py.

import { default as pad } from "../pad/index.js";
import { default as carry } from "../pad_data/index.js";
import { default as picture } from "../network_picture/index.js";
import { bytesFromBase64 } from "../shared/text.js";

export default function () {
  const { key, slots, networks, start } = JSON.parse(found("content").textContent ?? "");
  for (const network of networks) carry({ data: bytesFromBase64(network) });
  carry({ data: { what: "slots", key, slots } });
  pad({
    parentElement: rootIn("pad"),
    data: { key, start: [start], alone: true },
    // Nobody is told of a drawing, and nothing may wait until somebody has been.
    setStateValue: (_, { number }) =>
      carry({ data: { what: "reading", key, answers: number, digit: null, networks: [] } }),
    setTriggerValue: () => {},
  });
  picture({
    parentElement: rootIn("inside"),
    data: { pad: key, lines: true, weights: false },
    setStateValue: () => {},
  });
}

/** @param {string} id */
function found(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * A component's markup and styles, which lie in a template there, apart from the rest of the page as Streamlit has them.
 * @param {string} id
 */
function rootIn(id) {
  const place = found(id);
  const template = /** @type {HTMLTemplateElement} */ (place.querySelector("template"));
  const root = place.attachShadow({ mode: "open" });
  root.append(template.content.cloneNode(true));
  return root;
}
