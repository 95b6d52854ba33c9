"""Receivers with habits: fair ones that are easily accused, odd ones that are easily passed, and some that nobody sees.

The habits are fair where the Cloud's own traffic never meets them: its retries end after eight minutes, a device sends
once in ten minutes, and an answer of 429 or 5xx brings a retry.
"""

from typing import Any, cast

from tests.fleet.design import Design
from tests.fleet.spec import Server, Spec

DEVICE = "51C0DE"
COUNTED = ("dedup-duplicate", "dedup-lost", "dedup-race", "dedup-distinct-dropped", "dedup-disorder")
LIMITS: dict[str, Any] = {
    # What was turned away was not put to the test.
    "undecided": ("dedup-race", "retry-rejected", "dedup-lost", "dedup-distinct-dropped", "dedup-failure"),
    "warned": ("response-not-2xx", "retry-rejected"),
}
BARE = '{"device":"{device}","data":"{data}"}'

FAIR = (
    Spec(
        "fresh-within-15-minutes",
        "uvicorn",
        Design(max_age=900),
        habit="answers 400 to a message that was sent more than 15 minutes ago",
        page_only=True,
    ),
    Spec(
        "message-per-device-in-5s",
        "waitress",
        Design(device_pace=5),
        habit="takes one new message of a device in 5 s, and answers 429 to the others",
        page_only=True,
        **LIMITS,
    ),
    *(
        Spec(
            f"proxy-of-10-a-second-{status}",
            server,
            Design(proxy_rate=10, limit_status=status),
            habit=f"takes ten requests in a second, and answers {status} with Retry-After to the others",
            page_only=status == 429,
            **LIMITS,
        )
        for server, status in cast("tuple[tuple[Server, int], ...]", (("uvicorn", 429), ("waitress", 503)))
    ),
    Spec("two-rows-a-message", "waitress", Design(rows=2), habit="makes two rows of each message", page_only=True),
    Spec(
        "database-is-locked",
        "waitress",
        Design(locked=True, work=0.02),
        habit="answers 500 (database is locked) to what comes while it is at work on another message",
        **LIMITS,
    ),
    Spec(
        "effect-after-30s",
        "uvicorn",
        Design(acknowledge="after-inbox", jobs=(30.0,)),
        habit="has its effect 30 s after the answer",
        undecided=("dedup-lost",),
        page_only=True,
    ),
    Spec(
        "registered-devices-only",
        "waitress",
        Design(registered=(DEVICE,)),
        habit=f"answers 404 to every device but one, which the run is given (--device {DEVICE})",
        options=("--device", DEVICE, "--samples", "3"),
        undecided=(*COUNTED, "dedup-failure", "dedup-restart"),
        page_only=True,
    ),
    Spec(
        "key-of-device-and-time-thrice",
        "uvicorn",
        Design(key=("device", "time")),
        habit="takes device and time for the identity of a message; two runs at the same time, and a third one after",
        thrice=True,
        page_only=True,
    ),
)
"""No `must` fails on these, and only the rules of `warned` may fail as a `should`."""

ODD = (
    Spec(
        "twin",
        "uvicorn",
        Design(dedup="twin"),
        fault="keeps only the newest message of each device",
        scenario="disorder",
        expected=("dedup-disorder",),
        page_only=True,
    ),
    Spec(
        "no-dedup-behind-429",
        "waitress",
        Design(dedup="none", device_pace=5),
        fault="no dedup, behind a limit of one message in 5 s for each device",
        warned=("response-not-2xx",),
        expected=("dedup-duplicate",),
        page_only=True,
    ),
    Spec(
        "no-dedup-bare",
        "uvicorn",
        Design(dedup="none", unauthenticated=True),
        fault="no dedup, and the callback carries neither time nor seqNumber",
        observer="total",
        options=("--body", BARE),
        expected=("dedup-duplicate",),
        page_only=True,
    ),
    Spec(
        "asleep-for-six",
        "waitress",
        Design(asleep_for=6),
        fault="acknowledges the first six requests and stores none of them",
        expected=("dedup-lost",),
    ),
    Spec(
        "second-effect-after-20s",
        "uvicorn",
        Design(acknowledge="after-inbox", jobs=(0.0, 20.0)),
        fault="its queue runs each job again, 20 s later",
        expected=("dedup-duplicate",),
        page_only=True,
    ),
    Spec(
        "key-of-device-and-seqnumber-thrice",
        "uvicorn",
        Design(key=("device", "seqNumber")),
        fault="takes device and seqNumber for the identity of a message, and is verified three times",
        scenario="look-alikes",
        expected=("dedup-distinct-dropped",),
        thrice=True,
        page_only=True,
    ),
    Spec(
        "key-of-time",
        "waitress",
        Design(key=("time",)),
        fault="takes time for the identity of a message",
        scenario="look-alikes",
        expected=("dedup-distinct-dropped",),
        page_only=True,
    ),
)
"""Exactly the rules of `expected` fail on these."""

UNSEEN = (
    Spec(
        "observer-always-0",
        "uvicorn",
        fault="none; the observer always says 0",
        observer="zero",
        undecided=COUNTED,
    ),
    Spec(
        "nothing-stored-bare",
        "waitress",
        Design(asleep_for=10**6, unauthenticated=True),
        fault="stores nothing, and the callback carries neither time nor seqNumber",
        observer="total",
        options=("--body", BARE),
        undecided=("dedup-duplicate", "dedup-lost"),
        page_only=True,
    ),
    *(
        Spec(
            f"no-dedup-seen-by-{observer}",
            "uvicorn",
            Design(dedup="none"),
            fault=f"no dedup; the observer's {said} cannot show two",
            observer=observer,
            undecided=("dedup-duplicate", "dedup-race"),
            page_only=True,
        )
        for observer, said in (
            ("exists", "SELECT EXISTS"),
            ("count-distinct", "COUNT(DISTINCT …)"),
            ("limit", "LIMIT 1 inside the count"),
            ("group-by", "GROUP BY of the key"),
        )
    ),
    Spec(
        "restart-of-nothing",
        "uvicorn",
        Design(dedup="memory"),
        fault="the memory does not survive a restart, and the restart command restarts nothing",
        scenario="restart",
        options=("--restart-command", "true"),
        undecided=("dedup-restart",),
        page_only=True,
    ),
)
"""No rule fails on these, and none of those in `undecided` passes: nobody can tell."""
