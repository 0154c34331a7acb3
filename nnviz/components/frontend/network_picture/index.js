// The picture of a network: see picture.js. On a lesson's page, of the one that Python names; below a pad, of those on
// the pad, while they read what is drawn.
//
// data: {pad: the key of a pad} or what own_network.js needs. Sends `asked`: the digest of a network that this browser
// computes wrongly.

import { instanceAt } from "../shared/dom.js";
import { OwnNetwork } from "./own_network.js";
import { PadNetworks } from "./pad_networks.js";

export default function ({ parentElement, data, setStateValue }) {
  const page = instanceAt(
    parentElement,
    () => (data.pad ? new PadNetworks(parentElement, data) : new OwnNetwork(parentElement, data)),
  );
  const turn = page.start(data, (digest) => setStateValue("asked", digest));
  return () => page.stop(turn);
}
