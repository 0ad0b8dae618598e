"""The table of safeguards stays true: each one stands once in its file, and the tests that are to notice it exist."""

import pytest

from tests.safeguards.__main__ import ROOT
from tests.safeguards.table import SAFEGUARDS, Safeguard


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda safeguard: safeguard.what)
def test_a_safeguard_stands_where_the_table_says(safeguard: Safeguard) -> None:
    assert (ROOT / safeguard.file).read_text().count(safeguard.code) == 1
    paths = [word for word in safeguard.tests.split() if word.startswith("tests/")]
    assert paths
    assert all((ROOT / path.partition("::")[0]).is_file() for path in paths)
