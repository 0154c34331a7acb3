"""The files for containers, without containers: what they say is so, and says the same as the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import local
from deploy.without import without

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SERVICES: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def test_replicas_share_every_setting_and_no_volume() -> None:
    replicas = [SERVICES[name] for name in ("app1", "app2")]
    assert replicas[0]["environment"] == replicas[1]["environment"]
    assert not set(replicas[0]["volumes"]) & set(replicas[1]["volumes"])
    assert SERVICES["proxy"]["environment"]["REPLICAS"] == "app1:8501 app2:8501"
    worker, replica = SERVICES["worker"]["environment"], replicas[0]["environment"]
    assert {name for name in worker if name.startswith("NNVIZ_")} <= set(replica)


def test_only_the_proxy_can_be_reached_from_outside_and_nobody_is_root() -> None:
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["proxy"]
    for target in ("server", "worker"):
        stage = DOCKERFILE.partition(f"AS {target}\n")[2].partition("\nFROM ")[0]
        assert re.search(r"^USER 10001$", stage, re.MULTILINE)
    for name in ("app1", "app2", "scheduler", "worker"):
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_every_secret_has_to_be_given_and_none_is_in_a_file() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    example = (DEPLOY / "env.example").read_text()
    asked = set(re.findall(r"\$\{([A-Z_]+)[:}]", text))
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert asked == set(given)
    for name in re.findall(r"\$\{([A-Z_]+):\?", text):
        assert given[name] == "", name


def test_what_the_files_copy_run_and_name_is_there() -> None:
    for source in re.findall(r"^COPY (.+) \./?$", DOCKERFILE, re.MULTILINE):
        for name in source.split():
            assert (ROOT / name).exists(), name
    for target in {service["build"]["target"] for service in SERVICES.values() if "build" in service}:
        assert f" AS {target}\n" in DOCKERFILE
    assert (DEPLOY / "Caddyfile").is_file()


def test_the_server_is_installed_without_tensorflow_and_with_all_else() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines(keepends=True)
    lean = "".join(without(lines, ["tensorflow"]))
    names = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
    assert set(names.findall("".join(lines))) - set(names.findall(lean)) == {"tensorflow"}
    assert lean.count("--hash") < "".join(lines).count("--hash")
    ran = subprocess.run(
        [sys.executable, DEPLOY / "without.py", "tensorflow"],
        input="".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == lean


def test_the_proxy_s_settings_are_understood_by_the_proxy() -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("Caddy is not on this machine")
    ran = subprocess.run(
        [caddy, "validate", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(("missing", "words"), [("postgres", "PostgreSQL"), ("proxy", "Caddy nor nginx")])
def test_a_program_that_is_missing_is_named(
    missing: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local.shutil, "which", lambda _: None)
    monkeypatch.setattr(local.Path, "glob", lambda *_: iter(()))
    find = local.postgres_programs if missing == "postgres" else local.proxy_program
    with pytest.raises(local.Missing, match=words):
        find()
