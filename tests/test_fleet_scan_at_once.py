"""Many scans that begin at once: what this process computes for all of them is booked on no receiver."""

import asyncio
import json

from sigcheck import clock
from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup, Outcome
from sigcheck.fleet.working import Worker
from tests import pki
from tests.changing import context_of
from tests.tls_servers import tls_server

LIMIT = 0.6
MANY = 250
"""Their handshakes take longer together than the limit."""


def test_scans_that_begin_at_once_accuse_nobody(tmp_path):
    """Each handshake has the whole limit for itself, however many targets there are."""
    good = pki.chain(now=clock.wall())
    roots, policy = tmp_path / "roots.pem", tmp_path / "policy.json"
    roots.write_text(pki.pem(good.roots))
    policy.write_text(json.dumps({"name": "quick", "answer_limit": LIMIT}))
    told = []
    with tls_server(context_of(good, tmp_path)) as server:
        place = f"{pki.HOST}:{server.port}"
        settings = {
            "url": f"https://{place}/x",
            "allow_private": True,
            "ca_file": str(roots),
            "policy": str(policy),
            "resolve": [f"{place}:127.0.0.1"],
        }
        wanted = Wanted("", {name: (Given(value, name, name),) for name, value in settings.items()})

        async def at_once() -> None:
            worker = Worker(FleetRun("0", scan=True, at_address=MANY))
            await asyncio.gather(
                *(worker.run(HostGroup((FleetTarget(str(each), wanted),)), told.append) for each in range(MANY))
            )

        asyncio.run(at_once())
    outcomes = [each.summary for each in told if isinstance(each, Outcome)]
    assert len(outcomes) == MANY
    assert [each.causes for each in outcomes if each.causes] == []
