"""The components' modules run by Deno, without a browser: what JavaScript answers, to hold against Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from nnviz.components import registry

DENO = Path(sys.executable).parent / "deno"


def evaluate(modules: dict[str, str], function: str, *arguments: Any) -> Any:
    """What a JavaScript function, given as text, returns for these arguments, both carried as JSON.

    modules: the names that the function uses, by the path of their module: `{"shared/text": "percent"}`.
    Raises AssertionError with what Deno said.
    """
    imports = "".join(
        f"import {{ {names} }} from {json.dumps((registry.FRONTEND / f'{path}.js').as_uri())};\n"
        for path, names in modules.items()
    )
    script = f"""{imports}
        const given = JSON.parse(await new Response(Deno.stdin.readable).text());
        const answer = await ({function})(...given);
        await new Blob([JSON.stringify(answer)]).stream().pipeTo(Deno.stdout.writable);
    """
    done = subprocess.run(
        [DENO, "eval", "--no-remote", "--ext=js", script],
        input=json.dumps(arguments).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
