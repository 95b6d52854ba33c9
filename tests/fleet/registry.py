"""The fleet: which receivers there are, what is wrong with each, and which rules must say so.

Every receiver that names no fault is good, and no `must` rule may fail on it (apart from what follows from its
plain-http loopback address).
"""

from typing import cast

from tests.fleet.design import Design
from tests.fleet.habitual import FAIR, ODD, UNSEEN
from tests.fleet.spec import Database, Server, Spec

GOOD = (
    # Designs that customers have.
    Spec("fastapi-unique-key", "uvicorn"),
    Spec("flask-unique-key", "waitress"),
    Spec("gunicorn-unique-key", "gunicorn", workers=4),
    Spec("postgres-on-conflict", "gunicorn", database="postgresql", workers=4),
    Spec("fastapi-postgres", "uvicorn", database="postgresql"),
    Spec("fastapi-inbox", "uvicorn", Design(acknowledge="after-inbox")),
    Spec("flask-inbox", "waitress", Design(acknowledge="after-inbox")),
    Spec("gunicorn-inbox", "gunicorn", Design(acknowledge="after-inbox"), "postgresql", workers=2),
    Spec("queue-first", "waitress", Design(acknowledge="after-queue")),
    Spec("fastapi-queue-first", "uvicorn", Design(acknowledge="after-queue", first_status=202)),
    Spec("upsert", "uvicorn", Design(dedup="upsert")),
    Spec("postgres-upsert", "gunicorn", Design(dedup="upsert"), "postgresql", workers=2),
    # Good ones that are easily accused.
    Spec("slow-effect", "uvicorn", Design(acknowledge="after-inbox", jobs=(2.0,))),
    Spec("works-before-it-answers", "waitress", Design(work=0.3)),
    Spec("answers-200-ok", "waitress", Design(first_status=200, answer="ok")),
    Spec("says-duplicate", "uvicorn", Design(first_status=200, answer="says-duplicate")),
    Spec("created-then-ok", "uvicorn", Design(first_status=201, duplicate_status=200, answer="ok")),
    Spec("downlink", "waitress", Design(first_status=200, answer="downlink")),
    Spec("key-of-whole-body", "uvicorn", Design(key=("body",))),
    # One device never sends twice in one second: the key is enough.
    Spec("key-of-device-and-time", "waitress", Design(key=("device", "time"))),
    Spec("counts-attempts", "waitress", Design(count_attempts=True)),
    Spec("cancelled-as-a-whole", "uvicorn", Design(on_disconnect="cancel", work=0.1)),
    Spec("failure-rolled-back", "waitress", Design(failed_is_done=False)),
)

BAD = (
    Spec("fastapi-no-dedup", "uvicorn", Design(dedup="none"), fault="no dedup", expected=("dedup-duplicate",)),
    Spec("flask-no-dedup", "waitress", Design(dedup="none"), fault="no dedup", expected=("dedup-duplicate",)),
    Spec(
        "postgres-no-dedup",
        "gunicorn",
        Design(dedup="none"),
        "postgresql",
        workers=4,
        fault="no dedup",
        expected=("dedup-duplicate",),
    ),
    Spec(
        "inbox-no-dedup",
        "uvicorn",
        Design(dedup="none", acknowledge="after-inbox", jobs=(1.0,)),
        fault="no dedup, and the effect comes a second after the answer",
        expected=("dedup-duplicate",),
    ),
    Spec(
        "memory-short",
        "uvicorn",
        Design(dedup="memory", memory_seconds=100),
        fault="remembers for 100 s from the first delivery",
        expected=("dedup-duplicate",),
        real_time=True,
    ),
    Spec(
        "memory-sliding-short",
        "waitress",
        Design(dedup="memory", memory_seconds=200, memory_sliding=True),
        fault="remembers for 200 s from the last delivery",
        expected=("dedup-duplicate",),
        real_time=True,
    ),
    Spec(
        "memory-of-last-message",
        "uvicorn",
        Design(dedup="memory", memory_size=1),
        fault="remembers the last message of all devices",
        expected=("dedup-duplicate",),
    ),
    Spec(
        "memory-of-last-message-of-device",
        "waitress",
        Design(dedup="memory", memory_size=1, memory_per_device=True),
        fault="remembers the last message of each device",
        scenario="disorder",
        expected=("dedup-disorder",),
    ),
    Spec(
        "memory-per-process",
        "gunicorn",
        Design(dedup="memory"),
        # The kernel gives each connection to any worker: four deliveries meet one alone of eight once in 512 times.
        workers=8,
        fault="each of eight workers has a memory of its own",
        expected=("dedup-duplicate",),
    ),
    Spec(
        "memory-lost-at-restart",
        "uvicorn",
        Design(dedup="memory"),
        fault="the memory does not survive a restart",
        scenario="restart",
        expected=("dedup-restart",),
    ),
    Spec(
        "marked-before-processed",
        "uvicorn",
        Design(mark_first=True, on_disconnect="cancel", work=0.5),
        fault="marked as seen, then cancelled by the disconnect",
        scenario="lost-answer",
        expected=("dedup-lost",),
    ),
    Spec(
        "work-after-answer-lost",
        "uvicorn",
        Design(mark_first=True, on_disconnect="skip-effect", work=0.5),
        fault="marked as seen, then no work because the answer cannot be delivered",
        scenario="lost-answer",
        expected=("dedup-lost",),
    ),
    Spec(
        "late-and-both-processed",
        "waitress",
        Design(dedup="check-then-insert", work=11.0),
        fault="answers after 11 s, and the retry that comes meanwhile is processed too",
        scenario="late-answer",
        expected=("deadline-exceeded", "dedup-duplicate"),
    ),
    Spec(
        "late-but-once",
        "waitress",
        Design(work=11.0),
        fault="answers after 11 s, though it processes once",
        scenario="late-answer",
        expected=("deadline-exceeded",),
    ),
    *(
        Spec(
            f"{server}-check-then-insert-{window}ms",
            server,
            Design(dedup="check-then-insert", race_window=window / 1000),
            database,
            workers=workers,
            fault=f"asks, and inserts {window} ms later",
            scenario="race",
            expected=("dedup-race",),
        )
        for server, database, workers, window in cast(
            "tuple[tuple[Server, Database, int, int], ...]",
            (
                ("waitress", "sqlite", 1, 1),
                ("waitress", "sqlite", 1, 5),
                ("uvicorn", "sqlite", 1, 20),
                ("uvicorn", "sqlite", 1, 100),
                ("gunicorn", "postgresql", 4, 5),
            ),
        )
    ),
    *(
        Spec(
            f"over-eager-{'-'.join(key).lower()}",
            server,
            Design(key=key),
            fault=f"takes {' and '.join(key)} for the identity of a message",
            scenario="look-alikes",
            expected=("dedup-distinct-dropped",),
        )
        for server, key in cast(
            "tuple[tuple[Server, tuple[str, ...]], ...]",
            (
                ("uvicorn", ("device", "seqNumber")),
                ("waitress", ("device", "data")),
                ("waitress", ("time", "seqNumber")),
                ("uvicorn", ("data",)),
                ("uvicorn", ("device",)),
            ),
        )
    ),
    Spec(
        "newest-only",
        "waitress",
        Design(dedup="newest-only"),
        fault="drops a message that is older than the last of its device",
        scenario="disorder",
        expected=("dedup-disorder",),
    ),
    Spec(
        "highest-counter-only",
        "uvicorn",
        Design(dedup="highest-counter-only"),
        fault="drops a message whose seqNumber is not higher than the last: also when the counter has come round",
        scenario="disorder",
        expected=("dedup-distinct-dropped",),
    ),
    Spec(
        "latest-by-arrival",
        "uvicorn",
        Design(dedup="latest-by-arrival"),
        fault="the retry of an older message overwrites the newer one",
        scenario="disorder",
        expected=("dedup-disorder",),
    ),
    Spec(
        "failure-remembered",
        "waitress",
        Design(failed_is_done=True),
        fault="a failed attempt is remembered as done",
        scenario="failure",
        expected=("dedup-failure",),
    ),
    *(
        Spec(
            f"duplicate-{status}",
            server,
            Design(duplicate_status=status),
            fault=f"answers {status} to a duplicate",
            expected=("retry-rejected",),
        )
        for server, status in cast(
            "tuple[tuple[Server, int], ...]", (("uvicorn", 409), ("waitress", 400), ("uvicorn", 500))
        )
    ),
    Spec(
        "downlink-differs",
        "waitress",
        Design(first_status=200, answer="random-downlink"),
        fault="another downlink for each delivery of a message",
        expected=("retry-answer-differs",),
    ),
    Spec(
        "job-runs-twice",
        "uvicorn",
        Design(acknowledge="after-inbox", jobs=(0.0, 3.0)),
        fault="its queue runs each job again, 3 s later",
        expected=("dedup-duplicate",),
    ),
    Spec(
        "always-503",
        "waitress",
        Design(first_status=503),
        fault="stores the message and answers an error",
        # One defect, one rule: where the first delivery is refused, its retries prove nothing more.
        expected=("response-not-2xx",),
    ),
)

FLEET = {spec.name: spec for spec in (*GOOD, *BAD, *FAIR, *ODD, *UNSEEN)}
