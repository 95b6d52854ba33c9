"""Builds the documentation site: `python -m docs.site FOLDER [ZENSICAL]`, which `make site` calls.

The pages are staged as they lie in the repository, so that a link means the same on the site, on a forge and in
an editor. Zensical builds them in its strict mode, in which a link to a page or a heading that is not there is an
error. Then every built page is read: none may ask another host for anything, such as a font, or link to a file that
is missing.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "docs" / "zensical.toml"
NAV: dict[str, dict[str, str]] = {
    "Start": {
        "sigcheck": "README.md",
        "Usage": "docs/usage.md",
        "A fleet": "docs/fleet.md",
        "A fleet on several machines": "docs/fleet-machines.md",
        "Metrics": "docs/exporter.md",
        "Callback types": "docs/callback-types.md",
        "Configuration file": "docs/configuration.md",
        "The account at Sigfox": "docs/account.md",
        "What was not delivered": "docs/undelivered.md",
        "Observing effects": "docs/observing.md",
        "Exit codes": "docs/exit-codes.md",
        "Troubleshooting": "docs/troubleshooting.md",
    },
    "A good receiver": {
        "Deduplication": "docs/deduplication.md",
        "Allowlist": "docs/allowlist.md",
        "Receivers to copy from": "examples/README.md",
    },
    "In a pipeline": {"CI, cluster, server": "examples/ci/README.md"},
    "Rules": {},
    "Reference": {
        "What a run means": "docs/semantics.md",
        "JSON report": "docs/json.md",
        "From Python": "docs/python.md",
    },
    "Evidence": {
        "What sigcheck detects": "docs/detection.md",
        "On the wire": "docs/wire.md",
        "Real servers": "docs/servers.md",
        "TLS clients": "docs/tls-clients.md",
        "HTTP clients": "docs/http-clients.md",
        "Root stores": "docs/root-stores.md",
    },
    "Project": {
        "Architecture": "docs/architecture.md",
        "Contributing": "CONTRIBUTING.md",
        "Changes": "CHANGELOG.md",
    },
}
"""Section → title → page. The pages of the rules come from RULES; a page that is named nowhere goes to Reference."""

_LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src",
          "embed": "src", "object": "data", "link": "href", "use": "href"}  # fmt: skip
_LINKS_THAT_LOAD_NOTHING = {"canonical", "next", "prev", "alternate", "license", "author"}
_FOREIGN = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z]+:|//|#|/", re.IGNORECASE)
_FOREIGN_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//[^)'\";]*", re.IGNORECASE)


def pages() -> list[str]:
    """Give every page of the site: those at the top, in docs/ and in examples/."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def navigation() -> list[dict[str, Any]]:
    """Give the navigation as Zensical takes it: each page once."""
    from sigcheck.rules import RULES

    sections: dict[str, list[dict[str, Any]]] = {
        name: [{title: page} for title, page in entries.items()] for name, entries in NAV.items()
    }
    families: dict[str, list[dict[str, str]]] = {}
    for rule in RULES:
        families.setdefault(rule.family, []).append({rule.id: f"docs/rules/{rule.id}.md"})
    sections["Rules"] = [{"All rules": "docs/rules/README.md"}, *({name: rules} for name, rules in families.items())]
    placed = set(re.findall(r"[\w./-]+\.md", json.dumps(sections)))
    sections["Reference"] += [{_title(page): page} for page in pages() if page not in placed]
    return [{name: entries} for name, entries in sections.items()]


def _title(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def stage(folder: Path) -> Path:
    """Copy the pages, and the files that they link to, into an empty `folder`; gives the settings for Zensical."""
    shutil.rmtree(folder, ignore_errors=True)
    target = folder / "pages"
    target.mkdir(parents=True)
    for page in (*ROOT.glob("*.md"), ROOT / "LICENSE"):
        shutil.copy(page, target)
    shutil.copytree(ROOT / "docs", target / "docs", ignore=shutil.ignore_patterns("__pycache__", "*.py", "*.toml"))
    shutil.copytree(ROOT / "examples", target / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    settings = folder / SETTINGS.name
    present = SETTINGS.read_text(encoding="utf-8")
    settings.write_text(present.replace("nav = []", f"nav = {_toml(navigation())}"), encoding="utf-8")
    return settings


def _toml(value: Any) -> str:
    """Write lists, tables of one line, and texts as TOML, whose strings are those of JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


class _Reader(HTMLParser):
    """Collects what a browser would load from elsewhere for a page, and what the page links to beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.beside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        values = {name: value or "" for name, value in attrs}
        to = values.get(_LOADS.get(tag, ""), "")
        only_says = tag == "link" and values.get("rel", "") in _LINKS_THAT_LOAD_NOTHING
        if _FOREIGN.match(to) and not only_says:
            self.found.append(to)
        linked = values.get("href") or values.get("src")
        if linked and not _ELSEWHERE.match(linked):
            self.beside.append(linked)
        self.found += _FOREIGN_STYLE.findall(values.get("style", ""))
        if "mermaid" in values.get("class", "").split():
            self.found.append("a diagram, for which the theme would load a script")


def foreign(text: str) -> list[str]:
    """Give what a browser would load from another host for a built page."""
    reader = _Reader()
    reader.feed(text)
    return reader.found + foreign_style("".join(re.findall(r"<style.*?</style>", text, re.DOTALL)))


def foreign_style(text: str) -> list[str]:
    """Give what a browser would load from another host for a style sheet."""
    return _FOREIGN_STYLE.findall(text)


def faults(html: Path) -> Iterator[str]:
    """Give one line for each thing that the built site loads from another host, and for each file that is missing.

    Zensical's strict mode judges the links between pages, but not those to other files.
    """
    for path in sorted(html.rglob("*.css")):
        yield from (f"{path.relative_to(html)} loads {to}" for to in foreign_style(path.read_text(encoding="utf-8")))
    for path in sorted(html.rglob("*.html")):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(html)
        yield from (f"{name} loads {to}" for to in foreign(text))
        reader = _Reader()
        reader.feed(text)
        files = dict.fromkeys(unquote(to.partition("#")[0].partition("?")[0]) for to in reader.beside)
        yield from (f"{name} links to {file}, which is missing" for file in files if not (path.parent / file).exists())


def main(arguments: list[str]) -> int:
    """Build the site in the folder that is named first; gives the exit code."""
    folder, zensical = Path(arguments[0]), arguments[1] if len(arguments) > 1 else "zensical"
    settings = stage(folder)
    command = [zensical, "build", "--strict", "--config-file", str(settings)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - the program that make has installed
        return 1
    found = list(faults(folder / "html"))
    for line in found:
        print(line, file=sys.stderr)
    print(f"built: {folder / 'html' / 'index.html'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
