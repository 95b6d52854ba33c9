"""What the Sigfox Cloud asks of a receiver: the only home of its numbers, each with its source."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sigcheck.errors import UsageProblem
from sigcheck.files import read_input
from sigcheck.words import Own

Certainty = Literal["official", "older official", "operator", "third party", "inferred", "our choice"]


class Source(Struct, frozen=True):
    """Where a number or a claim comes from.

    `read` is the day on which the page, or a stored copy of it, was read (ISO date). `certainty` says
    how far to trust it; only "official" may be presented as a rule of Sigfox's.
    """

    page: Own
    url: Own
    read: Own
    certainty: Certainty


INTEGRATION = Source(
    page="Callback integration",
    url="https://support.sigfox.com/docs/callback-integration",
    read="2026-11-23",
    certainty="official",
)
BIDIR = Source(
    page="Bidir",
    url="https://support.sigfox.com/docs/bidir",
    read="2026-11-23",
    certainty="official",
)
CUSTOM_CALLBACK = Source(
    page="Custom callback creation",
    url="https://support.sigfox.com/document/custom-callback-creation",
    read="2026-11-23",
    certainty="official",
)
FAILED_CALLBACK_RECORD = Source(
    page="Portal record of a failed callback, luisomoreau/sigfox-platform #11 (2019)",
    url="https://github.com/luisomoreau/sigfox-platform/issues/11",
    read="2026-11-23",
    certainty="third party",
)
OLDER_CALLBACK_PAGE = Source(
    page="Callback, in a Spanish rendering of the former official page, Iotnet/Callback (2017)",
    url="https://github.com/Iotnet/Callback",
    read="2026-11-23",
    certainty="older official",
)
OURS = Source(
    page="What the semantics mean and how sure we are",
    url="docs/semantics.md",
    read="2026-11-23",
    certainty="our choice",
)


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """One dated reading of the contract. Durations are seconds."""

    name: Own = "sigfox-cloud-2026-11"
    read: Own = "2026-11-23"
    # The page: "return the appropriate HTTP status code within 10 seconds after receiving the request".
    answer_limit: float = 10.0
    # The page: retries 1, 2 and 4 min "after the timeout occurs or an error code is received".
    retry_waits: tuple[float, ...] = (60.0, 120.0, 240.0)
    # The page: senders live in this range; changes are announced in the backend release notes.
    ranges: tuple[Own, ...] = ("185.110.96.0/22",)
    # Older official text and the operator KCCS: any 2xx; the current page says "appropriate status".
    success: tuple[int, int] = (200, 299)
    # The record of a failed callback, and a second independent sample, show exactly these.
    user_agent: Own = "SIGFOX"
    headers: tuple[tuple[Own, Own], ...] = (
        ("accept-encoding", "gzip,deflate"),
        ("accept-language", "fr"),
        ("accept-charset", "UTF-8;q=0.9,*;q=0.7"),
    )


SIGFOX_CLOUD = Policy()

NO_STATUS = 600
"""What the portal shows for a callback without an HTTP status (third party: docs/troubleshooting.md)."""

RECEIVE_WINDOW_OPENS = 19.0
"""Seconds after its frame from which a device listens for a downlink, at the earliest.

In LDC and LBT zones it listens for 33.5 s from then on, in DC and FH zones for 25 s from 20 s on. Official:
src/sigfox_rc.c of Sigfox's own device library (github.com/sigfox-tech-radio/sigfox-ep-lib), read 2026-11-23.
"""

# A policy is a page of text; anything much longer is not one.
LONGEST_POLICY = 100_000
# Far beyond any contract of this kind, and short enough that a slip of the pen does not make a run of days.
LONGEST_LIMIT = 300.0
LONGEST_WAIT = 3600.0
MOST_RETRIES = 10


def load_policy(path: Path) -> Policy:
    """Read a policy from a JSON file: what it leaves out is as in SIGFOX_CLOUD.

    A policy without a name of its own is called as its file is: it is not ours any more. Raises UsageProblem for a
    file that cannot be read, is no JSON, has unknown fields, wrong types or numbers out of range, names no range,
    or a range that is no IPv4 network with its host bits clear.
    """
    text = read_input(path, what="policy", fix="give --policy a JSON file", limit=LONGEST_POLICY)
    try:
        policy = msgspec.json.decode(text, type=Policy)
        for each in policy.ranges:
            ip_network(each)
    except (msgspec.DecodeError, ValueError, RecursionError) as problem:
        fix = 'a policy is JSON such as {"read": "2027-01-31", "ranges": ["192.0.2.0/24"]}'
        raise UsageProblem(f"policy {path} cannot be used ({problem})", fix) from None
    if not policy.ranges:
        raise UsageProblem(f"policy {path} has no range", "list at least one network in ranges")
    if fault := _fault(policy):
        raise UsageProblem(f"policy {path} cannot be used ({fault})", "see what `sigcheck verify` is asked for")
    return policy if policy.name != SIGFOX_CLOUD.name else replace(policy, name=path.name)


def _fault(policy: Policy) -> str | None:
    """Say which field has a value that no run could follow."""
    low, high = policy.success
    headers = (("user-agent", policy.user_agent), *policy.headers)
    # Rules are read for IPv4 alone: a range of IPv6 would be admitted by whatever they say.
    if six := [each for each in policy.ranges if ip_network(each).version == 6]:
        return f"{six[0]} is not an IPv4 network, and firewalls are read for IPv4 only"
    if not 0 < policy.answer_limit <= LONGEST_LIMIT:
        return f"answer_limit must be between 0 and {LONGEST_LIMIT:g} s"
    if not policy.retry_waits or len(policy.retry_waits) > MOST_RETRIES:
        return f"retry_waits must list 1 to {MOST_RETRIES} waits"
    if not all(0 < wait <= LONGEST_WAIT for wait in policy.retry_waits):
        return f"each wait in retry_waits must be between 0 and {LONGEST_WAIT:g} s"
    if not 100 <= low <= high <= 599:
        return "success must be a range of status codes"
    for name, value in headers:
        if not re.fullmatch(r"[A-Za-z0-9-]+", name) or not value.isascii() or not value.isprintable():
            return "headers or user_agent has characters that a header cannot carry"
    return None
