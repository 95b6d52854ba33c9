"""The pages as a terminal shows them: no mark of Markdown, no broken word, and a command wherever a page is named."""

import os
import re
import subprocess
import sys
import tomllib

import pytest

from sigcheck.cli import run
from sigcheck.glossary import GLOSSARY
from sigcheck.manual.find import Family, Found, find
from sigcheck.manual.pages import command_for, names
from sigcheck.manual.paper import Paper
from sigcheck.manual.terminal import laid_out, parsed, rendered
from sigcheck.manual.written import markdown_of
from sigcheck.model.rule import FAMILIES
from tests.docs_blocks import ROOT
from tests.terminal import read_all, terminal

PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "rules").glob("*.md"))]
FENCED = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
RAW = re.compile(
    r"\*\*\w|\w\*\*|`[^`\n]+`|\]\(|\]\[|<!--|-->|^\s*#+ |^\s*\||(?<!\|)\|\s*$|^\s*:?-{3,}|&[a-z]+;", re.MULTILINE
)
NAMED = re.compile(r"sigcheck explain ([a-z0-9][\w-]*)")
MARKDOWN = """\
# A title with **weight**

Some *words* and `code here` with [a page](observing.md), [observing.md](observing.md#by-sql), [itself](#below),
docs/exit-codes.md, `docs/json.md`, [a file](report.schema.json), [the list](rules/README.md) and
[a site](https://a.example/x).  \nAfter a break.

<!-- needs: nothing -->
```bash
a line of code that is longer than any terminal would be, and which is not broken for that   # 80 columns
```

1. one
2. two, which is long enough that it has to be folded into a second line of its own, with a margin
   - inner

> quoted

| a | b |
|---|---|
| x | y |

---
"""


def source(path):
    """Give a page and the folder of its links."""
    return path.read_text(encoding="utf-8"), str(path.parent.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_a_page_has_no_marks_and_no_broken_words(path):
    """Outside of code no Markdown is left, a line is longer only where a single word is, and no word is cut."""
    markdown, folder = source(path)
    prose = FENCED.sub("", markdown)
    tree = parsed(prose)
    whole = words(laid_out(tree, Paper(100_000), folder))
    for width in (100, 80, 60, 40):
        text = laid_out(tree, Paper(width), folder)
        assert RAW.findall(text) == []
        assert [line for line in text.splitlines() if len(line) > width and len(line.split()) > MOST_WORDS] == []
        assert words(text) - whole == set()


MOST_WORDS = 3
"""A mark, and code of two words that is kept in one line."""


def words(text):
    """Give the words of a text, without the signs that a list of entries adds."""
    return {word.rstrip(":") for word in text.split()} - {"•"} - {word for word in text.split() if set(word) == {"─"}}


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_code_is_verbatim(path):
    """Each line of each block of code is there as it is written, at whatever width."""
    markdown, folder = source(path)
    lines = {line.strip() for line in rendered(markdown, Paper(60), folder).splitlines()}
    code = [line.strip() for block in FENCED.finditer(markdown) for line in block[0].splitlines()[1:-1]]
    assert [line for line in code if line not in lines] == []
    assert "```" not in "".join(lines)


def test_everything_that_a_page_may_hold():
    """Headings, styles, links, lists, code, quotes and tables lose their marks, and links become commands."""
    text = rendered(MARKDOWN, Paper(80))
    assert (
        text
        == """\
A title with weight

  Some words and code here with a page (sigcheck explain observing),
  sigcheck explain observing, itself, sigcheck explain exit-codes,
  sigcheck explain json, a file (docs/report.schema.json in the source of
  sigcheck), the list (sigcheck rules) and a site.
  After a break.

    a line of code that is longer than any terminal would be, and which is not broken for that   # 80 columns

  1. one
  2. two, which is long enough that it has to be folded into a second line of
     its own, with a margin
     • inner

    quoted

  a  b
  ────
  x  y

  ──────────────────────────────────────────────────────────────────────────────

Links

  a site
    https://a.example/x
"""
    )


def test_a_wide_table_becomes_entries():
    """Where columns would be too narrow, each row is an entry with the names of its columns."""
    cells = ["word " * 12, "other " * 12, "third " * 12]
    text = rendered(f"| A | B | C |\n|---|---|---|\n| {' | '.join(cells)} |\n| x | | z |\n", Paper(60))
    assert text.startswith("  • word")
    assert "\n    B: other" in text
    assert text.endswith("\n  • x\n    C: z\n")


def test_colour_and_ascii():
    """Styles are escapes on a terminal that shows colour and nothing elsewhere; ASCII has its own signs."""
    coloured = rendered(MARKDOWN, Paper(80, colour=True))
    assert "\x1b[1mweight\x1b[0m" in coloured.replace("\x1b[1mA\x1b[0m ", "")
    assert "\x1b[36mcode here\x1b[0m" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == rendered(MARKDOWN, Paper(80))
    for path in PAGES:
        markdown, folder = source(path)
        assert rendered(markdown, Paper(80, ascii=True), folder).isascii(), path


def test_a_number_stays_with_its_unit():
    """No line ends between a number and what it counts."""
    assert "\n  10 s" in rendered(f"{'x' * 74} 10 s more", Paper(80))


def test_entries_are_rendered_as_pages_are():
    """Entries and families have no mark left, and name only commands that there are."""
    entries: list[Found] = [*GLOSSARY, *map(Family, FAMILIES)]
    for entry in entries:
        markdown, folder = markdown_of(entry)
        text = rendered(markdown, Paper(80), folder)
        assert RAW.findall(text) == [], entry
        assert [line for line in text.splitlines() if len(line) > 80] == [], entry
        for word in NAMED.findall(markdown):
            find(word)


def test_every_page_travels_in_the_wheel():
    """pyproject.toml puts each page of docs/ where the package looks for it."""
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    pages = {path.relative_to(ROOT).as_posix(): f"sigcheck/pages/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert included["force-include"] == {"docs/rules": "sigcheck/pages/rules", **pages}
    assert set(names()) == {path.stem for path in (ROOT / "docs").glob("*.md")}


def test_every_page_that_the_package_names_can_be_printed():
    """A page that a sentence, a source or a comment of sigcheck/ names has its command."""
    for path in (ROOT / "sigcheck").rglob("*.py"):
        for page in re.findall(r"(?<![/\w])docs/[\w/-]+\.md\b", path.read_text(encoding="utf-8")):
            assert command_for(page) is not None, (path, page)


def test_every_command_that_is_named_explains_something():
    """Each `sigcheck explain X` of the package and of the documentation is answered."""
    found = []
    for path in [*(ROOT / "sigcheck").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]:
        found += NAMED.findall(path.read_text(encoding="utf-8"))
    assert len(found) > 5
    for word in found:
        if word not in SLIPS:
            find(word)


SLIPS = {"dedup-duplicat"}
"""Shown in docs/usage.md as a mistyped word."""


def test_a_page_is_printed(capsys):
    """A page is printed at 80 columns in a pipe, and tells the reader how to read the pages that it names."""
    assert run(["explain", "deduplication"]) == 0
    said = capsys.readouterr().out
    assert "sigcheck explain semantics" in said
    assert "semantics.md" not in said
    assert "examples/README.md in the source of sigcheck" in " ".join(said.split())


def test_several_words_need_no_quotes(capsys):
    """Words are put together, and an option is a word here."""
    assert run(["explain", "PKIX", "path", "building", "failed"]) == 0
    assert run(["explain", "--speed"]) == 0
    said = capsys.readouterr().out
    assert "tls-chain-incomplete" in said
    assert "dedup-window" in said


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [(["--format", "json", "600"], 2, "explain has no option --format"), (["-v", "600"], 2, "no option -v"),
     (["--format"], 0, "--report FILE"), (["--help"], 0, "Usage:"), (["--", "--speed"], 0, "dedup-window"),
     (["- 401 - Unauthorized - the end - #1"], 0, "401 Unauthorized"),
     (["-", "401", "Unauthorized"], 0, "401 Unauthorized"), (["600", "404"], 0, "404 Not Found")],
)  # fmt: skip
def test_an_option_in_front_of_a_word(words, code, says, capsys):
    """An option before other words is refused rather than ignored; by itself it is explained, and a dash is a dash."""
    assert run(["explain", *words]) == code
    said = capsys.readouterr()
    assert says in said.err + said.out


@pytest.mark.parametrize(("columns", "width"), [(120, 100), (60, 60)])
def test_on_a_terminal(columns, width):
    """A page is as wide as the terminal, but at most 100 columns, and coloured unless NO_COLOR forbids it."""
    leader, follower = terminal(columns)
    with subprocess.Popen([*EXPLAIN, "exit-codes"], stdout=follower, env=ENVIRONMENT | {"TERM": "xterm"}):
        os.close(follower)
        shown = read_all(leader).decode()
    assert "\x1b[1m" in shown
    plain = re.sub(r"\x1b\[\d*m", "", shown).replace("\r\n", "\n")
    assert plain == rendered(*on_paper("exit-codes", width))


def on_paper(name, width):
    """Give what `rendered` is called with for a page of docs/."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8"), Paper(width)


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    ids=["neither", "FORCE_COLOR", "both"],
)
def test_in_a_pipe(variables, coloured):
    """A pipe gets 80 columns and colour only if it is asked for; an encoding without our signs gets others."""
    done = subprocess.run([*EXPLAIN, "exit-codes"], capture_output=True, env=ENVIRONMENT | variables, check=True)
    assert (b"\x1b[" in done.stdout) is coloured
    plain = re.sub(rb"\x1b\[\d*m", b"", done.stdout)
    assert plain.decode() == rendered(*on_paper("exit-codes", 80))
    ascii_only = ENVIRONMENT | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*EXPLAIN, "exit-codes"], capture_output=True, env=ascii_only, check=True)
    assert b"\n  - a run in which every rule was skipped" in done.stdout
    assert b"\\u" not in done.stdout


EXPLAIN = (sys.executable, "-m", "sigcheck", "explain")
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
