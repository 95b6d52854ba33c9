"""Reads the callbacks of an account: those of the device types that are named, or of all that the API user sees."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from sigcheck.account.client import SigfoxApi
from sigcheck.account.problems import ApiProblem
from sigcheck.errors import UsageProblem

DEVICE_TYPES = "/device-types/"
NOT_FOR_US = (403, 404)
"""Statuses that say something of one device type alone."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_ids(ids: Sequence[str]) -> None:
    """See that device types are named by their ids; raises UsageProblem."""
    if not all(map(_ID.fullmatch, ids)):
        raise UsageProblem("--device-type is not an id", "give the 24 hex digits that the portal shows for it")


async def read_callbacks(api: SigfoxApi, ids: Sequence[str], told: Callable[[str], None]) -> list[dict[str, Any]]:
    """Give device types, each with the answer that has its callbacks; raises ApiProblem.

    Without ids they are all that the API user sees: one whose callbacks it may not read is passed over, and `told`.
    """
    found: list[dict[str, Any]] = []
    refused: list[ApiProblem] = []
    async for kind in _device_types(api, ids):
        try:
            answer = await api.get(f"{DEVICE_TYPES}{kind['id']}/callbacks")
        except ApiProblem as problem:
            if ids or problem.status not in NOT_FOR_US:
                raise
            refused.append(problem)
            told(f"a device type is passed over: {problem.message}")
            continue
        found.append({**kind, "callbacks": answer if isinstance(answer, list | dict) else []})
    if refused and not found:
        raise refused[0]
    return found


async def _device_types(api: SigfoxApi, ids: Sequence[str]) -> AsyncIterator[dict[str, Any]]:
    """Give device types as `id` and `name`."""
    for each in dict.fromkeys(ids):
        answer = await api.get(DEVICE_TYPES + each)
        yield {"id": each, "name": answer.get("name") if isinstance(answer, dict) else None}
    if not ids:
        async for kind in api.items(DEVICE_TYPES):
            if isinstance(kind, dict) and isinstance(kind.get("id"), str) and _ID.fullmatch(kind["id"]):
                yield {"id": kind["id"], "name": kind.get("name")}
