"""The sigcheck.toml of an account, and what is said of it on stderr."""

from collections.abc import Sequence

from sigcheck.account.targets import Imported, LeftOut
from sigcheck.config.toml_text import toml_comment


def document(imported: Sequence[Imported], left: Sequence[LeftOut]) -> str:
    """Write the file."""
    lines = [
        "# Targets for sigcheck, made of the callbacks of a Sigfox account by `sigcheck import`.",
        "# `sigcheck config check` checks this file, and `sigcheck verify --all` verifies all targets.",
    ]
    needed = [(each, variable) for each in imported for variable in each.variables]
    if needed:
        lines += ["#", "# No secret stands in this file. Set these environment variables to what the portal has there:"]
        for each, variable in needed:
            off = ", which is commented out" if each.off else ""
            lines += toml_comment(f"  {variable.name}: {variable.place} of {each.name}{off}", "    ")
    if left:
        lines += ["#", "# Left out:"]
        for out in left:
            lines += toml_comment(f"  {out.of.shown}: {out.why}", "    ")
    for each in imported:
        lines += ["", *each.lines]
    return "\n".join(lines) + "\n"


def summary(imported: Sequence[Imported], left: Sequence[LeftOut]) -> list[str]:
    """Say what became of the callbacks, a sentence each, without a secret."""
    off = [each for each in imported if each.off]
    active = [each for each in imported if not each.off]
    count = len(imported) + len(left)
    parts = ["1 is a target" if len(active) == 1 else f"{len(active)} are targets"]
    if off:
        parts.append(f"{_are(len(off))} commented out")
    if left:
        parts.append(f"{_are(len(left))} left out")
    said = [f"of {count} callback{'' if count == 1 else 's'}, {', '.join(parts)}"]
    said += [f"commented out: {each.name}, because {each.off}" for each in off]
    said += [f"left out: {each.of.shown}, because {each.why}" for each in left]
    said += [f"{each.name}: its last use failed (dead)" for each in active if each.of.dead]
    for each in active:
        said += [f"set {variable.name} to {variable.place} of {each.name}" for variable in each.variables]
    return said


def _are(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'}"
