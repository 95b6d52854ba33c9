"""The check: files → kinds → readings → answer."""

from collections.abc import Callable, Sequence

from sigcheck.allowlist.judgement import Answer, judge
from sigcheck.allowlist.question import File, Question, Surroundings, no_include
from sigcheck.allowlist.readers import IPSET, detect, read
from sigcheck.allowlist.readers.ipset import read_sets
from sigcheck.errors import UsageProblem


def check(
    files: Sequence[File],
    question: Question,
    kind: str | None = None,
    include: Callable[[str, str], tuple[File, ...] | None] = no_include,
) -> Answer:
    """Answer whether the ranges reach the port through all of the files.

    `kind` says what every file is; None finds it out from the content. An `ipset save` among the files is not
    judged, it explains the sets of the others. Raises UsageProblem for files that cannot be read as rules.
    """
    kinds = [kind or detect(file) for file in files]
    sets = tuple(each for file, of in zip(files, kinds, strict=True) if of == IPSET for each in read_sets(file))
    surroundings = Surroundings(include, sets)
    readings = [
        (file.name, read(file, of, question, surroundings))
        for file, of in zip(files, kinds, strict=True)
        if of != IPSET
    ]
    if not readings:
        raise UsageProblem("an ipset by itself admits nothing", "add the output of `iptables-save`")
    return judge(readings, question)
