"""Which tests are for both kinds of database."""

import pytest

BOTH = pytest.mark.parametrize("history", ["sqlite", "postgresql"], indirect=True)
