"""Where the rules' pages are: inside an installed package, in docs/ of a checkout."""

from pathlib import Path

_PACKAGED = Path(__file__).parents[1] / "pages"
_CHECKOUT = Path(__file__).parents[2] / "docs" / "rules"


def page(rule: str) -> str:
    """Give the Markdown page of a rule that exists."""
    folder = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    return (folder / f"{rule}.md").read_text(encoding="utf-8")
