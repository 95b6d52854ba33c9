"""Fixtures that run the fleet: a PostgreSQL cluster a session, receivers that end with their test."""

from contextlib import ExitStack

import pytest

from tests.fleet.launch import launch
from tests.fleet.postgres import running_cluster, server_programs
from tests.fleet.registry import FLEET
from tests.system import missing


@pytest.fixture(scope="session")
def cluster():
    """Run one throw-away PostgreSQL cluster for the session."""
    programs = server_programs()
    if programs is None:
        missing("PostgreSQL")
    with running_cluster(programs) as cluster:
        yield cluster


@pytest.fixture
def run(request, tmp_path):
    """Give a function that launches a spec, or the one of a name, until the end of the test."""
    with ExitStack() as stack:

        def run(spec, speed=1.0):
            spec = FLEET[spec] if isinstance(spec, str) else spec
            postgres = None
            if spec.database == "postgresql":
                postgres = request.getfixturevalue("cluster").new_schema()
            return stack.enter_context(launch(spec, tmp_path, postgres=postgres, speed=speed))

        yield run
