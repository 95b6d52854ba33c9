"""The Markdown report: sound to a linter, harmless whatever a server says, and short enough for an issue."""

import re

import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt
from msgspec import structs

from sigcheck.model.report import Reports
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions, render, render_all
from sigcheck.report.markdown import MOST
from sigcheck.report.markdown_text import code, inline
from tests import validators
from tests.hostile import saying, texts
from tests.specimens import HOSTILE, SPECIMENS, several, specimens

LOOK = RenderOptions(version="0.1.0")
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"<details>\n<summary>1 passed</summary>\n", "<details>\n<summary>1 skipped</summary>\n", "</details>\n"}
LINKED = re.compile(r"@\w|#\d|\w#\d|://|www\.|(?i:\bGH-\d)|\w\.[^\W\d_]{2}|[<>&*_\[\]\\`~$]|:\w+:")
"""What GitHub and GitLab make something of in text that is no code."""


def leaves(text, parser=PARSER):
    """Give the tokens of a text that have content of their own."""
    for token in parser.parse(text):
        yield from token.children or [token]


def without(text):
    """Give a text as it reads: without blanks and the marks of code."""
    return re.sub(r"[\s`]", "", text)


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_verdict_stands_first(name):
    """The first line has the verdict, the words on its scope and the exit code."""
    report = specimens()[name]
    first = render(report, "markdown", LOOK).split("\n")[0]
    found = re.fullmatch(r"\*\*([A-Z -]+)\*\* (.*) \(exit (\d+)\)", first)
    assert found
    assert (found[1].lower(), int(found[3])) == (report.word, report.exit_code)
    assert all(without(inline(words)) in without(found[2]) for words in report.scope.words)


@pytest.mark.parametrize("name", SPECIMENS)
def test_a_linter_finds_no_fault(name, tmp_path):
    """Each kind of report is sound Markdown by the rules that pyproject.toml sets."""
    path = tmp_path / "report.md"
    path.write_text(render(specimens()[name], "markdown", LOOK))
    assert not validators.markdown(path)


def test_a_linter_finds_no_fault_in_several(tmp_path):
    """The reports of several targets are sound Markdown together."""
    path = tmp_path / "report.md"
    few = Reports(several().reports[1::4])
    path.write_text(render_all(few, "markdown", LOOK))
    assert not validators.markdown(path)


def test_a_linter_finds_a_fault(tmp_path):
    """The linter is there and reads the configuration: it complains of what is wrong, and not of a long line."""
    path = tmp_path / "report.md"
    path.write_text("**x** " + "long " * 99 + "line\n\n#Heading\n")
    said = validators.markdown(path)
    assert "MD018" in said
    assert "MD013" not in said


def test_several_say_each_verdict():
    """One line a target, with its verdict and exit code, below the verdict of all."""
    reports = several()
    lines = render_all(reports, "markdown", LOOK).split("\n")
    assert lines[0].startswith(f"**{reports.verdict.upper()}** ")
    assert lines[0].endswith(f"(exit {reports.exit_code})")
    for report in reports.reports:
        line = next(line for line in lines if line.startswith(f"- `{report.evidence.settings.name}`: "))
        assert f"**{report.word.upper()}**" in line
        assert line.endswith(f"(exit {report.exit_code})")


def test_what_is_wrong_comes_before_what_is_not():
    """First what to fix first, then failures, what is undecided, the replay, devices, and folded what passed."""
    text = render(specimens()["broken"], "markdown", LOOK)
    places = [
        text.index(part)
        for part in ("**Fix first:**", "### must: ", "### should: ", "## What could not be decided", "| the message |",
                     "## Devices", "<summary>38 passed</summary>", "<summary>8 skipped</summary>")
    ]  # fmt: skip
    assert places == sorted(places)
    assert "| 4 | 420.06 s | 420.06 s | 204 after 20.0 ms | 4, expected 1 |" in text
    assert "`516C4EC0` to `516C4EC2`" in text


def test_what_is_undecided_is_said_once():
    """Rules that are undecided for one reason stand in one line, with the way to decide them."""
    text = render(specimens()["undecided"], "markdown", LOOK)
    assert text.count("no observer is configured") == 1
    assert "To decide it: Give `--observe-url`," in text


def test_certificates_of_a_file_are_no_callback():
    """Where nothing was sent, no method and no request is named."""
    report = specimens()["mismatch"]
    settings = structs.replace(report.evidence.settings, offline=True)
    offline = structs.replace(report, evidence=structs.replace(report.evidence, settings=settings))
    second = render(offline, "markdown", LOOK).split("\n")[2]
    assert (
        second == "the certificates of `receiver.example` · target `orders` · 2026-11-23 12:00:00 UTC · sigcheck 0.1.0"
    )
    assert "Host: receiver.example" in render(offline, "sarif", LOOK)


def test_a_quiet_report_is_short():
    """It has what failed and what is undecided, and nothing of what is in order."""
    text = render(specimens()["broken"], "markdown", structs.replace(LOOK, detail=-1))
    assert "dedup-duplicate" in text
    assert not any(word in text for word in ("<details>", "Devices", "Replay"))


@given(text=texts)
@example(text=HOSTILE)
@example(text="see evil.example and www.a")
@example(text="`a`|`b`")
@example(text="`z`x@`y")
@example(text="a\\|b")
@example(text="- one")
@example(text="> qGH-12")
def test_text_is_shown_and_does_nothing(text):
    """In a line, a list and a table: all of it is there, as prose or code, and none of it is markup or a reference."""
    for shown in (inline(text), code(text)):
        for frame in ("{}\n", "- {}\n", "word {}\n", "| a | b |\n| --- | --- |\n| {} | x |\n"):
            found = list(leaves(frame.format(shown)))
            content = [each for each in found if each.type in {"text", "code_inline"}]
            assert {each.type for each in found if each.content} <= {"text", "code_inline"}
            assert not any(LINKED.search(each.content) for each in content if each.type == "text")
            assert without(disarm(text)) in without("".join(each.content for each in content))
            assert sum(each.type == "td_open" for each in found) in {0, 2}
            assert sum(each.type == "list_item_open" for each in found) == frame.startswith("- ")


@settings(max_examples=60)
@given(text=texts)
@example(text=HOSTILE)
def test_a_hostile_report_is_as_harmless(text):
    """Wherever a server, a name or a saved report says it: no link, no image, and no HTML but our own."""
    for shown in (render(saying(text), "markdown", LOOK), render_all(Reports((saying(text),), text), "markdown", LOOK)):
        assert {each.content for each in leaves(shown) if each.type.startswith("html")} <= OURS
        kinds = {each.type for each in leaves(shown)}
        assert not kinds & {"link_open", "image", "fence", "code_block", "hr", "s_open", "em_open"}
        assert shown.count("\n#") == shown.count("\n##")
        assert len([each for each in leaves(shown) if each.type == "td_open"]) % 5 == 0


@pytest.mark.parametrize("text", ["word " * 2000, "#|" * 4000, "\x00`" * 3000, "@a " * 3000])
def test_however_much_was_found_it_fits_into_an_issue(text):
    """The longest texts in every place, of one target and of hundreds, leave the verdict and stay below the limit."""
    said = saying(text)
    worst = structs.replace(said, results=said.results * 15)
    for shown in (
        render(worst, "markdown", LOOK),
        render_all(Reports((worst,) * 4), "markdown", LOOK),
        render_all(Reports((said,) * 200), "markdown", LOOK),
    ):
        assert shown.startswith("**NON-COMPLIANT** ")
        assert len(shown) < MOST
        assert "JSON report" in shown
