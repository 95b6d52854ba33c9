"""Is a program that a package has installed, in a warm process: `tests.fleet.programs NAME ARGUMENTS…`.

It calls what the script of that name in the environment's folder calls, with the same arguments.
"""

import sys
from importlib.metadata import entry_points


def main() -> None:
    """Call the entry point of a console script."""
    sys.argv = sys.argv[1:]
    (entry,) = entry_points(group="console_scripts", name=sys.argv[0])
    sys.exit(entry.load()())
