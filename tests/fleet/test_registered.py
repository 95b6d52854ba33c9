"""Receivers over sockets that answer 404 to every device but one: verified with that one."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests import warm
from tests.fleet.detect import observing
from tests.fleet.registry import FLEET

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(200)]

DEVICE = "51C0DE"
LIMIT = 180


def verified(running, ids):
    """Verify the race of a receiver with the devices of a file, in a process of its own; gives the report."""
    given = [running.url, "--allow-private", "--only", "dedup-race", "--format", "json", "--quiet", "--devices", ids]
    given += ["--speed", "240", "--settle", "0.2", "--effects-within", "1", *observing(running, "message")]
    done = warm.run("sigcheck.__main__", ["verify", *given], timeout=LIMIT)
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def test_a_race_is_found_with_one_registered_device(run, tmp_path):
    """A receiver that looks before it inserts is found out with the one device that it knows; a right one passes."""
    ids = tmp_path / "devices.csv"
    ids.write_text(f"Id;Name\n{DEVICE};cellar\n")
    racing, right = (FLEET[name] for name in ("waitress-check-then-insert-5ms", "flask-unique-key"))
    receivers = [run(replace(each, design=replace(each.design, registered=(DEVICE,)))) for each in (racing, right)]
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda receiver: verified(receiver, str(ids)), receivers))
    assert [report["verdict"] for report in reports] == ["non-compliant", "compliant"]
    (race,) = [each for each in reports[0]["results"] if each["rule"] == "dedup-race" and each["status"] == "fail"]
    assert "race" in race["summary"]
    for report in reports:
        assert [(each["first"], each["count"]) for each in report["devices"]] == [(DEVICE, 1)]
        assert all(
            exchange["outcome"]["status"] == 204
            for scenario in report["evidence"]["scenarios"]
            for exchange in scenario["exchanges"]
        )
