"""The one error that a user can cause: it names the thing and the fix, and the command line exits 2 with it."""


class UsageProblem(Exception):  # noqa: N818 - it is shown to people, by this name
    """Input that cannot be used: a URL, an option, a file, a policy.

    `message` is one line that names the thing; `fix` is one line that says what to do instead.
    Raised by the pure modules, caught in one place, `sigcheck.cli`.
    """

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message}: {fix}")
        self.message = message
        self.fix = fix
