"""Writes the parts of the documentation that the code knows better: `python -m docs.generate [NAME…]`.

Without names every generator runs but the slow ones; `--check` writes nothing and exits 1 where a file is not
current. To add one: a function from the present text of a file to its new text, and a line in GENERATORS.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from docs.man_pages import file_of
from docs.man_pages import names as manual_names

ROOT = Path(__file__).parents[1]


class Generator(NamedTuple):
    """What writes one file, or the marked blocks of it.

    `function` is "module:function", imported when it runs; it is called with the present text, "" for none, and with
    `about`, if there is one.
    `slow`: runs only when it is named, and its result differs from run to run, so no test compares it.
    """

    path: str
    function: str
    slow: bool = False
    about: str | None = None


GENERATORS: dict[str, Generator] = {
    "schema": Generator("docs/report.schema.json", "docs.generators:report_schema"),
    "reports-schema": Generator("docs/reports.schema.json", "docs.generators:reports_schema"),
    "fleet-schema": Generator("docs/fleet.schema.json", "docs.generators:fleet_schema"),
    "config-schema": Generator("docs/config.schema.json", "docs.generators:config_schema"),
    "rules": Generator("docs/rules/README.md", "docs.generators:rules_table"),
    "troubleshooting": Generator("docs/troubleshooting.md", "docs.generators:word_tables"),
    "root-stores": Generator("docs/root-stores.md", "docs.root_stores:page"),
    "callback-types": Generator("docs/callback-types.md", "docs.callback_types:page"),
    "usage": Generator("docs/usage.md", "docs.generators:help_blocks"),
    "configuration": Generator("docs/configuration.md", "docs.generators:help_blocks"),
    "exporter": Generator("docs/exporter.md", "docs.generators:help_blocks"),
    "fleet": Generator("docs/fleet.md", "docs.generators:fleet_page"),
    **{
        f"man-{name or 'sigcheck'}": Generator(file_of(name), "docs.man_pages:page", about=name)
        for name in manual_names()
    },
    "golden": Generator("tests/golden_requests.txt", "tests.golden_requests:render"),
    "tls-clients": Generator("docs/tls-clients.md", "tests.tls_table:render", slow=True),
    "http-clients": Generator("docs/http-clients.md", "tests.http_table:render", slow=True),
    "vantage": Generator("docs/allowlist.md", "tests.allowlist.vantage:render", slow=True),
    "wire": Generator("docs/wire.md", "tests.wire_page:page", slow=True),
    "servers": Generator("docs/servers.md", "tests.servers.matrix:page", slow=True),
    "detection": Generator("docs/detection.md", "tests.fleet.matrix:page", slow=True),
    "picture": Generator("docs/report.svg", "docs.generators:report_picture", slow=True),
}
"""Name → generator. Every generated file stands here once."""


def generate(name: str) -> tuple[Path, str, str]:
    """Run one generator: the file, its present text, and the text it should have."""
    generator = GENERATORS[name]
    path = ROOT / generator.path
    present = path.read_text(encoding="utf-8") if path.is_file() else ""
    module, _, function = generator.function.partition(":")
    render: Callable[..., str] = getattr(import_module(module), function)
    return path, present, render(present) if generator.about is None else render(present, generator.about)


def main(arguments: list[str]) -> int:
    """Regenerate what was asked for; gives the exit code."""
    check = "--check" in arguments
    names = [argument for argument in arguments if argument != "--check"]
    names = names or [name for name, generator in GENERATORS.items() if not generator.slow]
    unknown = [name for name in names if name not in GENERATORS]
    if unknown:
        print(f"no generator is called {unknown[0]!r}: there are {', '.join(GENERATORS)}", file=sys.stderr)
        return 2
    stale = False
    for name in names:
        path, present, text = generate(name)
        if text == present:
            continue
        stale = True
        print(f"{path.relative_to(ROOT)}: {'not current' if check else 'written'}")
        if not check:
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
