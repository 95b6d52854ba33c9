"""Fixtures that run the fleet: a PostgreSQL cluster a test run, receivers that end with their test."""

from contextlib import ExitStack

import pytest

from tests.fleet import ahead
from tests.fleet.launch import launch
from tests.fleet.postgres import server_programs, shared_cluster
from tests.fleet.registry import FLEET
from tests.system import missing


def pytest_collection_finish(session):
    """Let the first worker begin the runs that the selected tests ask for."""
    first = getattr(session.config, "workerinput", {}).get("workerid", "gw0") == "gw0"
    asked = [each.callspec.params for each in session.items if "runs_of" in getattr(each, "fixturenames", ())]
    if first and asked and not session.config.option.collectonly:
        ahead.begin([(given["name"], given.get("observer", "")) for given in asked])


@pytest.fixture
def runs_of():
    """Give a function that waits for what the runs against a receiver found."""

    def runs_of(name, observer=""):
        if FLEET[name].database == "postgresql" and server_programs() is None:
            missing("PostgreSQL")
        return ahead.runs_of(name, observer)

    return runs_of


@pytest.fixture(scope="session")
def cluster():
    """Give the throw-away PostgreSQL cluster of the test run."""
    cluster = shared_cluster()
    if cluster is None:
        missing("PostgreSQL")
    return cluster


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
