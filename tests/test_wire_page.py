"""docs/wire.md says what arrives: the page is compared with a run of now, but for its times."""

import pytest

from tests.docs_blocks import ROOT
from tests.wire_page import lasting, one_request, page


@pytest.mark.long
def test_the_page_is_current():
    """Each request of a run stands on the page with its device, its counter and what it is for, and no other does."""
    present = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")
    assert len(lasting(present)) > 30
    # A machine with much to do may hold a run up, whose requests then come otherwise: it is played once more.
    plays = (lasting(page(present)) for _ in range(2))
    assert any(lasting(present) == each for each in plays), "`python -m docs.generate wire` writes it anew"
    assert one_request() in present
