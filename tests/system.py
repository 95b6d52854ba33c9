"""Whether a real server is on this machine: skip with a word where it is not, unless all must be there."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test for want of `what`, or fail it where SIGCHECK_SYSTEM=require (.ci/run installs everything)."""
    if os.environ.get("SIGCHECK_SYSTEM") == "require":
        pytest.fail(f"{what} is not on this machine, and SIGCHECK_SYSTEM=require asks for it")
    pytest.skip(f"{what} is not on this machine")
