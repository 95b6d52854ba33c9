"""Says what is wrong with a config, or with what it names, without what it was told to keep secret."""

from collections.abc import Iterator
from contextlib import contextmanager

from sigcheck.config.decoding import respelled
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import Spelling
from sigcheck.errors import UsageProblem
from sigcheck.machine import Shortage
from sigcheck.redaction.hide import hiding
from sigcheck.redaction.redact import Redactor


@contextmanager
def concealing(config: RunConfig, spelled: Spelling) -> Iterator[None]:
    """Hide the secrets that a config was told of in what is said to be wrong with it: it may quote them.

    `spelled` says how the settings that are spoken of are called.
    """
    hidden = Redactor(config.secrets).hidden
    try:
        with hiding(hidden):
            yield
    except Shortage:
        raise
    except UsageProblem as problem:
        raise respelled(UsageProblem(hidden(problem.message), hidden(problem.fix)), spelled) from None
