"""A fleet as one page: every target is found, the worst first, its report is folded, and the page stays small."""

import subprocess
import sys

import pytest
from msgspec import structs

from sigcheck.fleet.reading import read_fleet
from sigcheck.fleet.viewing import view_of
from sigcheck.report import RenderOptions
from sigcheck.report.fleet import render_fleet
from tests import validators
from tests.html_page import Page, is_harmless
from tests.ledgers import a_run, begin, end, result, write
from tests.specimens import specimens

LOOK = RenderOptions("0.1.0")
NAMES = {"good": "healthy", "twice": "broken", "bad": "worst", "odd": "hostile", "maybe": "undecided",
         "cut": "interrupted", "lost": "no report"}  # fmt: skip


def page_of(path):
    """Render the page of a ledger."""
    return "".join(render_fleet(view_of(read_fleet([path])), "html", LOOK))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Give the page of a ledger with targets of all kinds."""
    return page_of(write(tmp_path_factory.mktemp("fleet") / "l.jsonl", a_run("6f21c0aa", NAMES)))


def test_the_page_does_nothing(page):
    """It runs no script, loads nothing and leads nowhere, whatever a receiver has written."""
    read = Page(page)
    is_harmless(read)
    assert "https://u:" not in page


def test_every_target_has_a_block_and_every_link_a_target(page):
    """The links of the causes lead to the blocks, in which the reports are."""
    elements = Page(page).elements
    ids = {dict(attributes)["id"] for name, attributes in elements if name == "details" and "id" in dict(attributes)}
    links = {dict(attributes)["href"].removeprefix("#") for name, attributes in elements if name == "a"}
    assert len(ids) == len(NAMES)
    assert links <= ids
    text = Page(page).text
    assert all(text.count(each) >= 1 for each in NAMES)


def test_the_worst_target_comes_first(page):
    """By exit code: what was interrupted, what failed, what is undecided, what is well."""
    shown = page[page.index("All targets, the worst first") :]
    order = [shown.index(f"<strong>{name}</strong>") for name in ("cut", "bad", "twice", "maybe", "good")]
    assert order == sorted(order)


def test_a_block_has_what_was_seen_and_the_fix(page):
    """Evidence, advice and the id of the rule stand in a target's block, without style too."""
    block = page[page.index("<strong>twice</strong>") :].partition("</details>")[0]
    failed = specimens()["broken"].first_fix
    assert failed.rule in block
    assert "was processed again" in block
    assert "Fix: </b>Put a unique key" in block
    assert "There is no report: It has no URL." in Page(page).text.replace("it has no URL", "It has no URL")


def test_a_well_target_takes_little(tmp_path):
    """A hundred more of them make the page less than a kilobyte longer, each."""
    pages = [
        page_of(write(tmp_path / f"{number}.jsonl", a_run("r", {f"t{i}": "in part" for i in range(number)})))
        for number in (10, 110)
    ]
    assert len(pages[1]) - len(pages[0]) < 100 * 4_000


def test_what_is_missing_stands_above(tmp_path):
    """A run that was killed is not shown as a whole one."""
    path = write(tmp_path / "l.jsonl", [begin("r", 3), result("r", "a", "healthy")])
    assert "was not finished, and 2 of its 3 targets have no result" in Page(page_of(path)).text


def test_the_page_is_valid(page, tmp_path):
    """The validator of the W3C has nothing to say."""
    path = tmp_path / "fleet.html"
    path.write_text(page, encoding="utf-8")
    assert validators.html(path) == ""


PROGRAM = """
import resource, sys
from sigcheck.cli import run
code = run(["fleet", "report", sys.argv[1], "-q", *sys.argv[2:]])
print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["worst", "mixed"])
def test_five_thousand_targets(kind, tmp_path):
    """With the reports of full runs, also where all rules failed at each target: below 20 MB, within 500 MB."""
    kinds = [kind] if kind != "mixed" else ["healthy"] * 30 + ["broken", "mismatch", "hostile"]
    targets = {f"customer-{number:05}": kinds[number % len(kinds)] for number in range(5_000)}
    path = write(
        tmp_path / "l.jsonl", [begin("r", 5_000)], (result("r", *each) for each in targets.items()), [end("r", 0)]
    )
    page, table, metrics = tmp_path / "r.html", tmp_path / "r.csv", tmp_path / "r.om"
    wanted = [argument for each in (page, table, metrics) for argument in ("--report", str(each))]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), *wanted], capture_output=True, text=True, timeout=900, check=True
    )
    code, most = done.stdout.split()[-2:]
    assert code == "1"
    assert int(most) < 500_000
    assert page.stat().st_size < 20_000_000
    assert page.read_text(encoding="utf-8").count("<strong>customer-") == 5_000
    assert table.read_bytes().count(b"\r\n") == 5_001


@pytest.mark.parametrize(("scan", "kind"), [(True, "Scan"), (False, "Run")])
def test_the_page_says_what_was_run(scan, kind, tmp_path):
    """A scan sends no message: who reads the page must not take it for a full run."""
    first, *others = a_run("6f21c0aa", {"good": "healthy"})
    shown = page_of(write(tmp_path / "l.jsonl", [structs.replace(first, scan=scan), *others]))
    assert f"{kind} 6f21c0aa, begun" in Page(shown).text
