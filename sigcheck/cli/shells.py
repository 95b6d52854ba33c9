"""Answers the shells that complete a command line, and the scripts that make them ask: click's, put right where needed.

Bash takes a value behind an equals sign for a word of its own, zsh and fish do not; `--allow-undecided` has a value
behind an equals sign alone; and a list of rules has commas.
"""

import os
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

VARIABLE = "_SIGCHECK_COMPLETE"
PROGRAM = "sigcheck"
BARE = "--allow-undecided"

INSTALL = {
    "bash": """\
# Completion of sigcheck for bash 4.4 or newer. To install it, write this once, and open a new shell:
#   mkdir -p ~/.local/share/bash-completion/completions
#   sigcheck completion bash > ~/.local/share/bash-completion/completions/sigcheck
# Without the package bash-completion, write into ~/.bashrc: eval "$(sigcheck completion bash)"
""",
    "zsh": """\
# Completion of sigcheck for zsh. To install it, write this once, and open a new shell:
#   sigcheck completion zsh > "${fpath[1]}/_sigcheck"
# Or write into ~/.zshrc, below compinit: eval "$(sigcheck completion zsh)"
""",
    "fish": """\
# Completion of sigcheck for fish. To install it, write this once:
#   sigcheck completion fish > ~/.config/fish/completions/sigcheck.fish
""",
}
"""Shell → how its script is installed, as comments of the script."""


class _Bash(BashComplete):
    def source(self) -> str:
        # Not click's own, which starts a bash to see how old it is.
        return INSTALL["bash"] + ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        """Give the words as they were typed: bash tears them apart at each equals sign."""
        args, incomplete = super().get_completion_args()
        whole: list[str] = []
        for word in args:
            joins = whole and (word == "=" or whole[-1].endswith("=")) and whole[-1].startswith("--")
            whole[-1:] = [whole[-1] + word] if joins else [*whole[-1:], word]
        if not whole or (incomplete != "=" and not whole[-1].endswith("=")):
            return whole, incomplete
        # Only the value is replaced, and so only the value is given.
        value = _Value("" if incomplete == "=" else incomplete)
        before = whole[:-1] if whole[-1] == "=" else whole
        if before and before[-1].startswith("--"):
            return [*before[:-1], before[-1].partition("=")[0]], value
        # The file of `--report FORMAT=FILE`.
        return (before[:-1], value) if before[-2:-1] == ["--report"] else (whole, incomplete)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Give the candidates."""
        return super().get_completions(_without_bare(args, incomplete), incomplete)


class _Zsh(ZshComplete):
    # "#compdef" stays the first line. The option in front of a value is none of what is completed.
    source_template = ZshComplete.source_template.replace("\n", "\n" + INSTALL["zsh"].replace("%", "%%"), 1).replace(
        "    for type key descr in", "    compset -P '--*='\n    for type key descr in"
    )

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Give the candidates."""
        return super().get_completions(_without_bare(args, incomplete), incomplete)


class _Fish(FishComplete):
    # A list of rules has commas of its own.
    source_template = INSTALL["fish"].replace("%", "%%") + FishComplete.source_template.replace(
        'string split ","', 'string split -m 1 ","'
    )

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Give the candidates; a word that has its option in front is replaced as a whole."""
        found = super().get_completions(_without_bare(args, incomplete), incomplete)
        option, equals, _ = incomplete.partition("=")
        if not equals or not option.startswith("--"):
            return found
        return [CompletionItem(f"{option}={each.value}", each.type, each.help) for each in found]


class _Value(str):
    """What stands behind an equals sign, so that the option in front of it waits for a value."""

    __slots__ = ()


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def _without_bare(args: list[str], incomplete: str) -> list[str]:
    """Give an option its value that has one only behind an equals sign: the next word is none."""
    if args and args[-1] == BARE and not isinstance(incomplete, _Value):
        return [*args[:-1], f"{BARE}=*"]
    return args


def script(shell: str, cli: click.Command) -> str:
    """Give the script that a shell reads."""
    return SHELLS[shell](cli, {}, PROGRAM, VARIABLE).source()


def answer(cli: click.Command) -> int:
    """Answer the shell that asks by its variables. Whatever is wrong, nothing is said: somebody is typing."""
    shell, _, instruction = os.environ.get(VARIABLE, "").partition("_")
    if shell not in SHELLS or instruction != "complete":
        return 1
    context: dict[str, Any] = {}
    try:
        text = SHELLS[shell](cli, context, PROGRAM, VARIABLE).complete()
    except Exception:  # noqa: BLE001 - an error on the terminal would stand in the middle of what is being typed
        return 1
    click.echo(text.encode("utf-8", "replace"))
    return 0
