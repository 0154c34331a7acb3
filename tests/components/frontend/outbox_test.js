// When messages leave, with time moved by hand.

import { deepEqual, equal } from "node:assert/strict";

import { Outbox } from "../../../nnviz/components/frontend/pad/outbox.js";

/** An outbox whose clock stands still until it is moved on, what it has sent, and what its next message says. */
function outboxAt(/** @type {{asking: boolean}} */ { asking }) {
  const real = { now: performance.now, setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  let now = 0;
  /** @type {Map<number, {at: number, run: () => void}>} */
  const timers = new Map();
  let last = 0;
  performance.now = () => now;
  Object.assign(globalThis, {
    setTimeout: (/** @type {() => void} */ run, /** @type {number} */ wait) => {
      last += 1;
      timers.set(last, { at: now + wait, run });
      return last;
    },
    clearTimeout: (/** @type {number} */ timer) => timers.delete(timer),
  });
  /** @type {any[]} */
  const sent = [];
  const drawn = { strokes: 0 };
  const outbox = new Outbox(() => ({ ...drawn }), (message) => sent.push(message), () => asking);
  return {
    outbox,
    sent,
    draw(/** @type {boolean} */ ended) {
      drawn.strokes += 1;
      outbox.changed(ended);
    },
    wait(/** @type {number} */ ms) {
      now += ms;
      for (const [timer, { at, run }] of [...timers]) {
        if (at <= now && timers.delete(timer)) run();
      }
    },
    [Symbol.dispose]() {
      performance.now = real.now;
      Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    },
  };
}

Deno.test("a browser that computes by itself sends one message at the end of a stroke", () => {
  using post = outboxAt({ asking: false });
  for (let move = 0; move < 5; move += 1) post.draw(false);
  post.wait(10_000);
  deepEqual(post.sent, []);
  post.draw(true);
  deepEqual(post.sent, [{ number: 1, strokes: 6 }]);
});

Deno.test("a server that is asked gets the next message when it has answered, with all that was drawn meanwhile", () => {
  using post = outboxAt({ asking: true });
  post.draw(false);
  post.wait(100);
  for (let move = 0; move < 9; move += 1) post.draw(false);
  post.wait(100);
  deepEqual(post.sent.map(({ strokes }) => strokes), [1]);
  post.outbox.answered(1);
  deepEqual(post.sent.map(({ strokes }) => strokes), [1, 10]);
});

Deno.test("messages are at least 50 ms apart however fast the server is", () => {
  using post = outboxAt({ asking: true });
  post.draw(false);
  post.outbox.answered(1);
  post.draw(false);
  post.wait(49);
  equal(post.sent.length, 1);
  post.wait(1);
  equal(post.sent.length, 2);
});

Deno.test("an answer that got lost is waited for for two seconds", () => {
  using post = outboxAt({ asking: true });
  post.draw(false);
  post.draw(false);
  post.wait(1999);
  equal(post.sent.length, 1);
  post.wait(1);
  deepEqual(post.sent.map(({ number }) => number), [1, 2]);
});

Deno.test("an answer to an earlier message lets nothing go", () => {
  using post = outboxAt({ asking: true });
  post.draw(false);
  post.draw(false);
  post.wait(100);
  post.outbox.answered(7);
  equal(post.sent.length, 1);
});

Deno.test("what has been sent already is not sent again", () => {
  using post = outboxAt({ asking: false });
  post.draw(true);
  post.outbox.changed(true);
  equal(post.sent.length, 1);
});

Deno.test("who is about to leave waits for no answer", () => {
  using post = outboxAt({ asking: true });
  post.draw(false);
  post.draw(false);
  equal(post.sent.length, 1);
  post.outbox.hasten();
  equal(post.sent.length, 2);
  post.outbox.hasten();
  equal(post.sent.length, 2);
});

Deno.test("what the server has told of has arrived", async () => {
  using post = outboxAt({ asking: false });
  await post.outbox.arrived();
  post.draw(true);
  equal(post.outbox.settled, false);
  const arrived = post.outbox.arrived();
  post.outbox.answered(1);
  await arrived;
  equal(post.outbox.settled, true);
});

Deno.test("nothing leaves after the pad was taken away", () => {
  using post = outboxAt({ asking: true });
  post.draw(false);
  post.draw(false);
  post.outbox.stop();
  post.wait(10_000);
  equal(post.sent.length, 1);
});
