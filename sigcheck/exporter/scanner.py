"""The scan behind a probe: one connection, within the time that the scrape leaves."""

import asyncio
from functools import partial

from sigcheck.config.wanted import Wanted
from sigcheck.fleet.scanning import plan_scan, scanning
from sigcheck.model.report import Report
from sigcheck.probes.by_address import at_addresses
from sigcheck.runs import Run

AT_ADDRESS = 8
"""Scans that examine one address at once, as in a fleet."""

OVER = "the time of the scrape was over"


async def scan(wanted: Wanted, limit: float) -> Report:
    """Scan a target in `limit` seconds; its report is partial where they were over. Raises UsageProblem."""
    # One configuration file serves the scans and the full runs.
    plan = plan_scan(wanted, narrowed=True)
    run = Run(plan.config, scanning(plan, partial(at_addresses, most=AT_ADDRESS)), plan=plan)
    over = asyncio.get_running_loop().call_later(limit, run.end, OVER)
    try:
        return await run.play()
    finally:
        over.cancel()
