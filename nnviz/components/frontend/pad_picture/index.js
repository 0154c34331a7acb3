// Takes a picture from Python to the pad: see nnviz/components/pad_picture.py. Each is put there once, though its
// component is run again with every visit of the page.

import { publish } from "../shared/channel.js";

const put = new Set();

export default function ({ data }) {
  if (put.has(data.number)) return;
  put.add(data.number);
  publish("pad-picture", data);
}
