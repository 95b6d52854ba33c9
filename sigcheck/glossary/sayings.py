"""What sigcheck itself says, and what to do about it."""

from sigcheck.glossary.entry import Entry

SAYINGS = (
    Entry(
        section="sigcheck", title="UNDECIDED, and the dedup rules are undecided", words=("no observer",),
        phrases=("no observer is configured", "repeated processing cannot be ruled out"),
        summary="Give an observer, which counts the effects. The verdict line names the `must` rules that are "
        "undecided.",
        rules=("dedup",), pages=("observing",),
    ),
    Entry(
        section="sigcheck", title="dedup-window is undecided",
        words=("window",),
        summary="Run it without `--speed`. For a quick gate, give `--allow-undecided=dedup-window`.",
        rules=("dedup-window",), pages=("exit-codes",),
    ),
    Entry(
        section="sigcheck", title='"the retries were not sent"', words=("keep-going", "--keep-going"),
        phrases=("the retries were not sent", "retries were not sent"),
        summary="No sample was accepted. Fix that first, or give `--keep-going`.",
        rules=("response-not-2xx", "reach", "tls"),
    ),
    Entry(
        section="sigcheck", title="UNDECIDED in spite of `--allow-undecided`",
        words=("allow-undecided", "--allow-undecided"),
        summary="The observer failed, another rule is undecided, or nothing was checked.",
        rules=("dedup-observer",), pages=("exit-codes",),
    ),
    Entry(
        section="sigcheck", title="dedup-observer failed or is undecided", words=("observer failed", "observer fails"),
        phrases=("the observer failed", "observer gave no count"),
        summary="Ask it for one message with `sigcheck observe`, before and after a delivery.",
        rules=("dedup-observer",), pages=("observing",),
    ),
    Entry(
        section="sigcheck", title="no message was accepted twice", phrases=("no message was accepted twice",),
        summary="The retries were refused, so nothing is known about duplicates.",
        rules=("retry-rejected", "response-not-2xx"),
    ),
    Entry(
        section="sigcheck", title="seems to accept only registered devices",
        words=("registered devices", "unknown device", "register"), phrases=("only registered devices",),
        summary="Register the devices that `--dry-run` lists, or use a device type that needs no registration.",
        rules=("response-not-2xx",),
    ),
    Entry(
        section="sigcheck", title="the receiver limits the rate",
        words=("rate limit", "rate limiting", "throttling", "retry-after"),
        phrases=("limits the rate", "rate limit", "too many requests", "retry-after"),
        summary="Lift it for this run, or exempt the callback's path. sigcheck waits as long as Retry-After asks, "
        "within bounds.",
        rules=("response-not-2xx", "retry-rejected"),
    ),
    Entry(
        section="sigcheck", title="requests sent at the same time as others", words=("concurrency", "simultaneous"),
        phrases=("sent at the same time as others",),
        summary="The receiver answers an error while it handles other requests. This is a `should`, since the load is "
        "ours.",
        rules=("response-not-2xx", "dedup-race"),
    ),
    Entry(
        section="sigcheck", title="reach-no-answer is undecided", words=("silence", "no answer"),
        summary="The firewall may admit only the Cloud. Give its rules with `--allowlist`, or run sigcheck from a host "
        "that it admits.",
        rules=("reach-no-answer", "reach-allowlist"), pages=("allowlist",),
    ),
    Entry(
        section="sigcheck", title="this machine … (has no route, allows only 8 open files, …)",
        words=("this machine", "open files", "too many open files"),
        phrases=("this machine has no route", "this machine allows only", "too many open files"),
        summary="The fault is in the machine that sigcheck runs on, not in the receiver. Fix it there, or run sigcheck "
        "elsewhere.",
        pages=("semantics",),
    ),
    Entry(
        section="sigcheck", title="this machine held sigcheck up, or this process was held up",
        words=("held up", "stalled"),
        phrases=("held sigcheck up", "process was held up"),
        summary="Run again on a machine that is less busy and is not put to sleep.",
        pages=("semantics",),
    ),
    Entry(
        section="sigcheck", title="one of them is wrong (two clocks)", words=("clock", "wrong clock", "clock skew"),
        phrases=("one of them is wrong",),
        summary="Set the clock of this machine or of the server. `sigcheck chain FILE --at TIME` judges a file for "
        "another time.",
        rules=("tls-expired", "tls-not-yet-valid"),
    ),
    Entry(
        section="sigcheck", title="gives nothing, or does not end (a file or a pipe)", words=("pipe",),
        phrases=("gives nothing", "does not end"),
        summary="Make sure that the program which writes to the pipe runs and closes it.",
        pages=("usage",),
    ),
    Entry(
        section="sigcheck", title="no command, no rule of that name",
        phrases=("no rule or family has this name", "there is no such command", "there is no option"),
        summary="The message names the nearest one.",
        pages=("usage",),
    ),
    Entry(
        section="sigcheck", title="INTERNAL ERROR, or \"this is a bug in sigcheck\"", words=("bug", "traceback"),
        phrases=("this is a bug in sigcheck",),
        summary="Run again with `SIGCHECK_TRACEBACK=1` set, and report the output.",
        pages=("exit-codes",),
    ),
)  # fmt: skip
