"""The attacks end with their table."""

from __future__ import annotations

import pytest

from tests.attacks import table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print it, where more than the quick forms ran."""
    if any(row.inputs > 500 for row in table.rows) or terminalreporter.config.option.markexpr != "not attack":
        terminalreporter.section("attacks")
        for line in table.lines():
            terminalreporter.write_line(line)
