"""Where the pages are: inside an installed package, in docs/ of a checkout."""

from pathlib import Path

PACKAGED = Path(__file__).parents[1] / "pages"
CHECKOUT = Path(__file__).parents[2] / "docs"


def folder() -> Path:
    """Give the folder of the pages; those of the rules are in `rules` below it."""
    return PACKAGED if PACKAGED.is_dir() else CHECKOUT


def names() -> tuple[str, ...]:
    """Give the names of the pages that are not a rule's, in alphabetical order."""
    return tuple(sorted(path.stem for path in folder().glob("*.md")))


def page(name: str) -> str:
    """Give the Markdown of a page that exists, by its name without a suffix."""
    return (folder() / f"{name}.md").read_text(encoding="utf-8")


def rule_page(rule: str) -> str:
    """Give the Markdown page of a rule that exists."""
    return (folder() / "rules" / f"{rule}.md").read_text(encoding="utf-8")


def command_for(path: str) -> str | None:
    """Say which command prints a file of docs/, such as docs/rules/tls-expired.md; None if none does."""
    if path == "docs/rules/README.md":
        return "sigcheck rules"
    place, _, file = path.rpartition("/")
    if place not in {"docs", "docs/rules"} or not file.endswith(".md"):
        return None
    inside = folder() / path.removeprefix("docs/")
    return f"sigcheck explain {file.removesuffix('.md')}" if inside.is_file() else None
