"""Modules joined into one do what they do apart."""

from __future__ import annotations

import base64

import pytest

from nnviz.components import served
from nnviz.components.linking import NotJoined, joined
from tests.components import javascript

APART = {
    "counter/index.js": """
import { steps, Step as Next } from "../shared/step.js";
import "../shared/noticed.js";
/** Counts on. */
export default function ({ by }) {
  return new Next(by).from(steps.length ? steps[0] : 0);
}
""",
    "shared/step.js": """
import { twice } from "./arithmetic.js";
export const steps = [twice(2), globalThis.seen ?? 0];
export class Step {
  constructor(by) {
    this.by = by;
  }
  from(start) {
    return start + twice(this.by);
  }
}
""",
    "shared/arithmetic.js": "export function twice(n) {\n  return 2 * n;\n}\n",
    "shared/noticed.js": "globalThis.noticed = (globalThis.noticed ?? 0) + 1;\n",
    "later/index.js": """
import {
  twice,
} from "../shared/arithmetic.js";
import "../shared/noticed.js";
globalThis.late = true;
export default async function later({ by }) {
  return await twice(by);
}
""",
    "never/index.js": "throw new Error('nobody needs it');\nexport default function () {}\n",
}
MOUNTS = {name: f"{name}/index.js" for name in ("counter", "later", "never")}


def run(text: str, function: str) -> object:
    address = "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()
    return javascript.evaluate(
        {}, f"async (address) => {{ const m = await import(address); {function} }}", address
    )


def test_joined_modules_are_bound_to_each_other_and_run_once_when_they_are_needed() -> None:
    told = run(
        joined(APART, MOUNTS),
        """
        const before = globalThis.noticed ?? 0;
        const counted = [m.mounts.counter({ by: 3 }), m.mounts.counter({ by: 5 })];
        const late = globalThis.late ?? false;
        return [before, counted, late, await m.mounts.later({ by: 4 }), globalThis.noticed];
        """,
    )
    assert told == [0, [10, 14], False, 8, 1]


def test_what_no_component_imports_is_left_out() -> None:
    assert "nobody needs it" not in joined(APART, {"later": "later/index.js"})


@pytest.mark.parametrize(
    "source",
    [
        'import * as all from "./b.js";',
        'import b from "./b.js";',
        'export { b } from "./b.js";',
        "export let changing = 1;",
        "const a = 1;\nexport { a };",
    ],
)
def test_a_form_that_is_not_understood_is_refused(source: str) -> None:
    with pytest.raises(NotJoined, match=r"a\.js has a form"):
        joined({"a.js": source, "b.js": "export const b = 1;"}, {"a": "a.js"})


def test_a_circle_is_refused() -> None:
    circle = {"a.js": 'import { b } from "./b.js";', "b.js": 'import { a } from "./a.js";'}
    with pytest.raises(NotJoined, match="import each other"):
        joined(circle, {"a": "a.js"})


def test_all_components_are_in_the_module_that_is_served() -> None:
    text = served.frontend().files[served.ALL].plain.decode()
    named = run(text, "return Object.keys(m.mounts);")
    assert named == sorted(path.parent.name for path in served.FRONTEND.glob("*/index.js"))
