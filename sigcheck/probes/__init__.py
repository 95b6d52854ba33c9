"""The only code that opens a socket. Each probe writes down facts and judges nothing."""

import sys

# httpx's first act is to import its own command line, and with it rich's progress bars, its syntax highlighter and
# pygments: a third of what httpx costs us at start-up. It goes without where that import fails, as where those
# packages are not installed, and says so in httpx/__init__.py.
if "httpx" not in sys.modules:
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # what makes an import fail by contract
