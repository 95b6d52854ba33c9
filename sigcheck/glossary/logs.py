"""What the log of a receiver says: its database, and the proxy in front of it."""

from sigcheck.glossary.entry import Entry

LOGS = (
    Entry(
        section="log", title="duplicate key value violates unique constraint",
        words=("unique constraint", "unique violation", "duplicate key", "IntegrityError"),
        phrases=("duplicate key value violates unique constraint", "unique constraint failed", "duplicate entry",
                 "e11000 duplicate key", "ora-00001", "cannot insert duplicate key", "violation of unique key",
                 "violates unique constraint"),
        summary="The database refused to store a message that it has. That is right for a retry, if the "
        "receiver then answers 2xx.",
        more="If the receiver answers with an error, the Cloud sends the message again, and this line comes up to "
        "three times more. Insert with `ON CONFLICT DO NOTHING`, or catch the error and answer 2xx. If the key is "
        "device and seqNumber only, a new message may be refused, too: seqNumber goes back to 0.",
        rules=("retry-rejected", "dedup-distinct-dropped", "response-not-2xx"), pages=("deduplication",),
        sure="That errors are retried up to three times is official.",
    ),
    Entry(
        section="log", title="upstream prematurely closed connection",
        phrases=("upstream prematurely closed",),
        summary="The application closed the connection before it had answered, and nginx answered 502. The application "
        "crashed, restarted, or has a shorter time limit than nginx.",
        rules=("response-not-2xx", "deadline-exceeded"),
    ),
    Entry(
        section="log", title="no live upstreams", phrases=("no live upstreams",),
        summary="nginx has marked all applications behind it as failed, and answers 502 until one is tried again. Look "
        "at the errors that came before this one.",
        rules=("response-not-2xx",),
    ),
    Entry(
        section="log", title="upstream timed out", words=("upstream timeout",), phrases=("upstream timed out",),
        summary="The application behind nginx did not answer in nginx's own time limit, and nginx answered 504. The "
        "Cloud waits 10 s only.",
        more="Store the message, answer, and work afterwards.",
        rules=("deadline-exceeded", "response-not-2xx"), sure="The limit of 10 s is official.",
    ),
    Entry(
        section="log", title="while connecting to upstream",
        words=("upstream", "upstream refused"),
        phrases=("while connecting to upstream", "connect() failed"),
        summary="nginx cannot connect to the application behind it, and answers 502 or 504. The receiver's own proxy "
        "works; the application does not listen, or listens elsewhere.",
        rules=("response-not-2xx",),
    ),
)  # fmt: skip
"""Lines of logs. Some hold a phrase that a client says as well, so these come first."""
