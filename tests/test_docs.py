"""The documentation agrees with the code: pages, links, paths, generated files, reasons for dependencies."""

import re
import shutil
import subprocess
import tomllib

import pytest

import sigcheck
from docs.generate import GENERATORS, generate
from docs.generate import main as regenerate
from sigcheck.manual.pages import rule_page
from sigcheck.rules import RULES
from tests.docs_blocks import PAGES, ROOT, blocks
from tests.system import missing

SECTIONS = (
    "What it checks",
    "Why it matters",
    "How to fix it",
    "See it yourself",
    "Source and how sure",
)
CERTAINTY_WORDS = {
    "our choice": "Our choice",
    "official": "Official",
    "older official": "older official",
    "third party": "third party",
}
LINK = re.compile(
    r"(?<!!)\[[^\]]+\]\((?P<to>[^)\s]+)\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)|^\[[^\]]+\]: (?P<reference>\S+)",
    re.MULTILINE,
)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINKING = (*PAGES, *sorted((ROOT / "examples").rglob("*.md")))
WIDEST = 120


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_rule_has_a_truthful_page(rule):
    """The page says what is wrong, level, family, source with date and certainty, and has every section."""
    text = rule_page(rule.id)
    assert text.startswith(f"# {rule.id}\n\n{rule.problem}.")
    assert f"\nLevel: {rule.level} · Family: {rule.family}\n" in text
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(SECTIONS)
    source = re.sub(r"\s+", " ", text.partition("## Source and how sure")[2])
    assert rule.source.url in source
    assert rule.source.read in source
    assert CERTAINTY_WORDS[rule.source.certainty] in source
    assert re.search(r"^Since \d+\.\d+\.\d+$", text, re.MULTILINE)


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_page_reads_well_in_a_terminal(rule):
    """Prose lines fit a terminal, and no HTML comment or link syntax stands in the way."""
    text = rule_page(rule.id)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert [line for line in prose.splitlines() if len(line) > WIDEST] == []
    assert "<!--" not in text
    assert LINK.search(prose) is None


def test_no_page_without_a_rule():
    """A page that no rule owns is left over from a rename."""
    pages = {path.stem for path in (ROOT / "docs" / "rules").glob("*.md")} - {"README"}
    assert pages == {rule.id for rule in RULES}


@pytest.mark.parametrize("path", LINKING, ids=[str(path.relative_to(ROOT)) for path in LINKING])
def test_links_lead_somewhere(path):
    """Every relative link names a file of the repository that exists, and its anchor a heading of it."""
    broken = []
    for match in LINK.finditer(FENCED.sub("", path.read_text(encoding="utf-8"))):
        to = match["to"] or match["image"] or match["reference"]
        if re.match(r"[a-z]+://|mailto:", to):
            continue
        file, _, anchor = to.partition("#")
        target = (path.parent / file).resolve() if file else path
        inside = target.is_relative_to(ROOT)
        if not inside or not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(to)
    assert broken == []


def anchors(text: str) -> set[str]:
    """Give the anchors that the headings of a page have."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_searched_for_links():
    """No Markdown file of the repository is left out: those at the top, of docs/ and of examples/ are all there are."""
    here = {path for path in ROOT.glob("[!.]*/**/*.md") if path.relative_to(ROOT).parts[0] not in {"build", "dist"}}
    assert here | set(ROOT.glob("*.md")) == set(LINKING)


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_pages_named_in_prose_exist(path):
    """A page or a source file that the text names by its path is there."""
    named = re.findall(r"\b(?:docs|sigcheck|tests|examples)/[\w./-]+\.(?:md|py|json|svg)\b", path.read_text())
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("name", [name for name, generator in GENERATORS.items() if not generator.slow])
def test_generated_file_is_current(name):
    """What `make docs` would write is what is committed."""
    path, present, text = generate(name)
    assert text == present, f"{path} is not current: run `make docs`"


def test_generate_refuses_an_unknown_name(capsys):
    """A mistyped generator is named, with those that there are."""
    assert regenerate(["nothing"]) == 2
    assert "'nothing'" in capsys.readouterr().err


def test_generated_files_exist():
    """Also what is only drawn on demand is committed."""
    assert [generator.path for generator in GENERATORS.values() if not (ROOT / generator.path).is_file()] == []


def test_each_dependency_has_its_reason():
    """CONTRIBUTING.md names every runtime dependency of pyproject.toml, and none that is gone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {re.split(r"[<>=!~ \[]", entry)[0] for entry in project["dependencies"]}
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("## Runtime dependencies")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \| .{20,} \|$", section, re.MULTILINE)) == required


def test_each_extra_has_its_reason():
    """CONTRIBUTING.md names every extra and its package, and none that is gone."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    required = {(name, re.split(r"[<>=!~ \[]", entry)[0]) for name, entries in extras.items() for entry in entries}
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("## Extras")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \| `([\w-]+)` \| .{20,} \|$", section, re.MULTILINE)) == required


def test_the_checklist_for_a_rule_has_true_paths():
    """Every path in CONTRIBUTING.md exists; <rule> and <id> stand for a rule that exists."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rule = RULES[0].id
    paths = re.findall(r"`((?:\.ci|docs|examples|sigcheck|tests)/[^`\s]*)`", text)
    assert len(paths) >= 6
    real = [path.replace("<rule>", rule.replace("-", "_")).replace("<id>", rule) for path in paths]
    assert [path for path in real if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_make_commands_are_targets(name):
    """Every `make X` in the text is a target of the Makefile."""
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([\w-]+)", (ROOT / name).read_text(), re.MULTILINE)
    assert named
    assert [target for target in named if target not in targets] == []


def test_changelog_has_the_version():
    """The version has its section in CHANGELOG.md."""
    assert re.search(rf"^## \[{re.escape(sigcheck.__version__)}\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.system
def test_nginx_takes_every_nginx_block(tmp_path):
    """`nginx -t` accepts each nginx block of docs/, inside a server block."""
    nginx = shutil.which("nginx")
    if nginx is None:
        missing("nginx")
    found = [block for path in PAGES for block in blocks(path) if block.language == "nginx"]
    assert found
    for block in found:
        config = tmp_path / "nginx.conf"
        listen = "" if "listen " in block.text else "listen 127.0.0.1:8443;"
        text = block.text.replace("443 ssl", "443")  # a listener with ssl needs a certificate
        config.write_text(
            f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
            f"http {{ access_log off; client_body_temp_path {tmp_path}; server {{ {listen}\n{text} }} }}\n"
        )
        done = subprocess.run([nginx, "-t", "-c", str(config), "-p", str(tmp_path)], capture_output=True, text=True)
        assert done.returncode == 0, f"{block.name}: {done.stderr}"
