"""Texts that a hostile server may send, and reports that say them wherever a report can say anything.

The reports have not been redacted: a format's own syntax is the format's own business.
"""

from hypothesis import strategies as st
from msgspec import structs

from sigcheck.model.evidence import ProbeBreakdown
from sigcheck.model.report import Report, Result
from sigcheck.model.rule import Finding, Status
from tests.specimens import HOSTILE, specimens

FRAGMENTS = (
    *HOSTILE.split(" "), "`", "``", "```", "\\", "\\|", "|", "<!--", "-->", "<https://evil.example>", "[x][y]", "![",
    "](", "@alice", "a@evil.example", "#12", "GH-12", "org/repo#1", "0badcafe", "!12", "%3", "~label", "$x$", ":smile:",
    "*", "_a_", "__", "~~x~~", "www.evil.example", "WWW.evil.example", "http://evil.example", "---", "===", "1.", "-",
    "+", "> q", "{{x}}", "{0}", "[a](0)", "\n", '"', "\\n", "# EOF", " ", "&#64;x", "&lt;b&gt;", "<details>",
    "</details>", "\u2028", "\ud800", "\x00",
)  # fmt: skip
_pieces = st.one_of(st.sampled_from(FRAGMENTS), st.sampled_from((" ", "  ")), st.text(max_size=6))
texts = st.lists(_pieces, max_size=25).map("".join)


def saying(text: str) -> Report:
    """Give a report of every status in which each text that somebody else can write is this one."""
    broken = specimens()["broken"]
    statuses = (*Status, Status.FAIL)
    finding = Finding(text, measured=text, where=text, level="note", fix=text)
    results = tuple(
        Result(
            each.rule,
            each.family,
            each.level,
            status,
            text,
            findings=(finding, finding) if status is Status.FAIL else (),
            reason=text,
            fix=text,
            title=text,
        )
        for each, status in zip(broken.results, statuses, strict=False)
    )
    evidence = structs.replace(
        broken.evidence,
        target=structs.replace(broken.evidence.target, url=text),
        settings=structs.replace(broken.evidence.settings, name=text),
        interrupted=text or "x",
        breakdowns=(ProbeBreakdown("tls", text), ProbeBreakdown("network", text, local=True)),
    )
    scope = structs.replace(broken.scope, conditions=(text,))
    return structs.replace(broken, evidence=evidence, results=results, scope=scope)
