"""Verdicts, statuses of rules, levels and exit codes."""

from sigcheck.glossary.entry import Entry

_CODES = "The exit code is the same whatever the format of the report."

VERDICTS = (
    Entry(
        section="verdict", title="COMPLIANT", words=("0", "exit 0", "exit code 0"),
        summary="Exit code 0: every rule was checked under the Cloud's own conditions, no `must` rule failed, and none "
        "is undecided.",
        more="PASSED IN PART has exit code 0, too, as has a run whose undecided rules `--allow-undecided` names. "
        + _CODES, pages=("exit-codes",),
    ),
    Entry(
        section="verdict", title="PASSED IN PART", words=("in part", "not checked", "not tested"),
        phrases=("passed in part",),
        summary="Exit code 0: nothing that was checked failed. The same line names what was not checked, or was not as "
        "the Cloud would have it.",
        more="The reason is an option such as `--only`, `--skip`, `--allow-private`, `--speed` or "
        "`--allow-undecided`. " + _CODES,
        pages=("exit-codes",),
    ),
    Entry(
        section="verdict", title="NON-COMPLIANT", words=("1", "exit 1", "exit code 1", "noncompliant", "not compliant"),
        phrases=("non-compliant",),
        summary="Exit code 1: at least one `must` rule failed. With `--fail-on should`, a `should` counts as well.",
        more=_CODES, pages=("exit-codes",),
    ),
    Entry(
        section="verdict", title="exit code 2", words=("2", "exit 2", "usage error"),
        summary="The command line, or a file that it names, cannot be used. Nothing was sent, and there is no report.",
        more="If a report cannot be written in the end, the code is 2 as well. The error line names what to do.",
        pages=("exit-codes", "usage"),
    ),
    Entry(
        section="verdict", title="UNDECIDED", words=("3", "exit 3", "exit code 3", "open", "inconclusive"),
        summary="A verdict (exit code 3): no `must` rule failed, but at least one could not be decided, or nothing was "
        "checked. A rule that could not be decided is called undecided, too.",
        more="The usual reasons are that no observer counts the effects, and that a compressed schedule cannot show "
        "whether duplicates are remembered for seven minutes. The report says for each rule how to decide it. "
        "`--allow-undecided=dedup-window` excuses one rule by name.",
        rules=("dedup", "dedup-window"), pages=("exit-codes", "observing"),
    ),
    Entry(
        section="verdict", title="INTERNAL ERROR", words=("4", "exit 4", "exit code 4", "broken", "broke"),
        phrases=("internal error",),
        summary="Exit code 4: a rule or a probe of sigcheck broke, and no `must` rule failed. The rule's status is "
        "broken.",
        more="Run again with `SIGCHECK_TRACEBACK=1` set, and report the output.", pages=("exit-codes",),
    ),
    Entry(
        section="verdict", title="INTERRUPTED",
        words=("130", "exit 130", "exit code 130", "partial", "ctrl-c", "sigterm"),
        phrases=("exit code 130", "interrupted before there was a result"),
        summary="Exit code 130: Ctrl-C, SIGTERM or a closed terminal ended the run. The report is partial: it holds "
        "what was seen until then.",
        pages=("exit-codes",),
    ),
    Entry(
        section="verdict", title="pass", words=("passed",),
        summary="The rule found in order all that it examined. The report says how much that was.",
        pages=("semantics",),
    ),
    Entry(
        section="verdict", title="fail", words=("failed", "failure", "finding"),
        summary="The rule found something wrong. Each finding says what was seen and what to do.", pages=("semantics",),
    ),
    Entry(
        section="verdict", title="skip", words=("skipped",),
        summary="The rule does not apply here, or was not asked for (`--only`, `--skip`). It changes no verdict.",
        pages=("semantics", "exit-codes"),
    ),
    Entry(
        section="verdict", title="must",
        summary="The level of a rule without which the Cloud, or any client like it, fails, or messages are lost or "
        "duplicated. A `must` that fails makes the verdict NON-COMPLIANT.",
        pages=("semantics",),
    ),
    Entry(
        section="verdict", title="should", words=("warning", "fail-on", "--fail-on"),
        summary="The level of a rule about what works today, or for most clients, but is close to failing. With "
        "`--fail-on should` it counts as a `must`.",
        pages=("semantics",),
    ),
    Entry(
        section="verdict", title="note",
        summary="The level of a rule about what is worth knowing. It never changes the verdict.", pages=("semantics",),
    ),
)  # fmt: skip
