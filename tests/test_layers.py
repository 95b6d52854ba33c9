"""The arrows between the units point downward (docs/architecture.md); one that does not is named."""

import ast
import importlib.util
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sigcheck"
LAYERS = (
    {"errors", "model", "clock", "policy", "files", "machine", "signals", "packing", "redaction", "words"},
    {
        "target",
        "headers",
        "message",
        "devices",
        "callback",
        "overrides",
        "schedule",
        "scenario",
        "chain",
        "wire",
        "http1",
        "presented",
        "rules",
        "judge",
        "expectations",
        "allowlist",
        "afterwards",
        "sound",
    },
    {"config"},
    {"probes", "report", "trust", "saved", "comparison", "glossary", "manual", "account"},
    {"observers", "scenario.playing"},
    {"plan", "planning"},
    {"environment", "listing", "estimate", "sending"},
    {"sockets", "evidence_builder", "sampling"},
    {"runs"},
    {"testing", "progress", "demo", "fleet", "doctor", "exporter"},
    {"cli"},
    {"__main__"},
)
"""Each unit may import those of lower layers, and its neighbours as long as that makes no circle."""

ONLY = {
    "rules": {"model", "policy", "rules", "callback"},
    "http1": {"model", "http1", "redaction"},
    "model": {"model", "policy", "words"},
    "policy": {"errors", "files", "words"},
    "errors": set(),
    "redaction": {"packing", "redaction", "words"},
    "files": {"errors", "signals"},
    "machine": {"errors"},
    "signals": set(),
}
SHOWS_ITSELF = ("sigcheck.model.report", "model", "report")
"""The one arrow that points upward: `Report.render`."""

NEVER = {"probes": {"rules", "judge", "report"}, "report": {"probes"}}
HEAVY = {"httpx", "httpcore", "anyio", "asyncio", "socket", "ssl", "cryptography", "rich", "click"}
IO_FREE = {"errors", "machine", "model", "policy", "words", "redaction", "target", "headers", "message", "callback",
    "overrides", "config", "schedule", "scenario", "rules", "judge", "allowlist", "http1", "presented",
    "afterwards", "devices", "sound", "saved", "expectations", "comparison"}  # fmt: skip


def unit_of(name: str) -> str:
    """Give the unit that a module, or a name in it, belongs to: a folder, a file, or a folder that has a layer."""
    parts = name.split(".")
    inner = ".".join(parts[1:3])
    if any(inner in layer for layer in LAYERS):
        return inner
    return parts[1] if len(parts) > 1 and parts[1] != "__init__" else ""


@cache
def imports() -> list[tuple[str, str, str]]:
    """Give each import of the package as (importing module, its unit, imported name), wherever it stands in a file."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        unit = unit_of(module)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(module, unit, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = parts if path.name == "__init__.py" else parts[:-1]
                package = ".".join(base).removesuffix(".__init__")
                name = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
                found += [(module, unit, f"{name}.{alias.name}") for alias in node.names]
    return found


def arrows() -> set[tuple[str, str, str]]:
    """Give (importing module, its unit, imported unit) for each import within the package."""
    units = {unit for layer in LAYERS for unit in layer}
    result = set()
    for module, unit, name in imports():
        if name.startswith("sigcheck."):
            imported = unit_of(name)
            if imported in units or (PACKAGE / imported).exists() or (PACKAGE / f"{imported}.py").exists():
                result.add((module, unit, imported))
    return result - {SHOWS_ITSELF}


def rank(unit: str) -> int:
    """Give the layer of a unit; a new unit needs a place."""
    for number, layer in enumerate(LAYERS):
        if unit in layer:
            return number
    raise AssertionError(f"sigcheck.{unit} has no layer: give it one in tests/test_layers.py and docs/architecture.md")


def test_arrows_are_seen():
    """The walk finds imports at all, also those inside functions."""
    found = {(module, imported) for module, _, imported in arrows()}
    assert ("sigcheck.evidence_builder", "probes") in found
    assert ("sigcheck.cli.verify", "cli") in found
    assert len(found) > 100


def test_no_arrow_points_upward():
    """No unit imports one of a higher layer."""
    upward = sorted(
        f"{module} imports sigcheck.{imported}"
        for module, unit, imported in arrows()
        if unit and rank(imported) > rank(unit)
    )
    assert upward == []


def test_neighbours_make_no_circle():
    """Units of one layer import each other in one direction only."""
    edges: dict[str, set[str]] = {}
    for _, unit, imported in arrows():
        if unit and unit != imported and rank(unit) == rank(imported):
            edges.setdefault(unit, set()).add(imported)

    def reach(unit: str, seen: frozenset[str]) -> list[str]:
        if unit in seen:
            return [unit]
        return next(
            ([unit, *path] for other in sorted(edges.get(unit, ())) if (path := reach(other, seen | {unit}))), []
        )

    circles = [" → ".join(path) for unit in sorted(edges) if (path := reach(unit, frozenset()))]
    assert circles == []


@pytest.mark.parametrize("unit", ONLY)
def test_narrow_units_import_only_what_they_may(unit):
    """Rules judge with the model and the policy alone; the model stands on the policy; policy and errors on nothing."""
    wrong = sorted(
        f"{module} imports sigcheck.{imported}"
        for module, importing, imported in arrows()
        if importing == unit and imported not in ONLY[unit]
    )
    assert wrong == []


@pytest.mark.parametrize("unit", NEVER)
def test_units_that_never_meet(unit):
    """Probes judge nothing and reports ask nobody."""
    wrong = sorted(
        f"{module} imports sigcheck.{imported}"
        for module, importing, imported in arrows()
        if importing == unit and imported in NEVER[unit]
    )
    assert wrong == []


def test_pure_units_touch_no_socket():
    """What is pure imports neither network, loop nor terminal, so that it can be tested and reused in microseconds."""
    wrong = sorted(
        f"{module} imports {name}"
        for module, unit, name in imports()
        if unit in IO_FREE and name.split(".")[0] in HEAVY
    )
    assert wrong == []


def test_only_probes_and_servers_open_sockets():
    """A socket is opened by the probes, the client of Sigfox's API, the exporter and the demo, and nowhere else."""
    wrong = sorted(
        f"{module} imports {name}"
        for module, unit, name in imports()
        if name.split(".")[0] in {"socket", "httpx", "httpcore", "http"}
        and unit not in {"probes", "demo", "wire", "account", "exporter"}
    )
    assert wrong == []


def test_rules_import_no_other_rule():
    """Two rules share what is in rules._*, never each other."""
    wrong = sorted(
        f"{module} imports {name}"
        for module, unit, name in imports()
        if unit == "rules"
        and module != "sigcheck.rules"
        and name.startswith("sigcheck.rules.")
        and not name.split(".")[2].startswith("_")
    )
    assert wrong == []
