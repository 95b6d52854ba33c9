"""From outcomes to the answer: does the whole range reach the port, which addresses do not.

And which line decides.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from msgspec import Struct

from sigcheck.allowlist.addresses import ALL, NONE, Addresses, networks, of_spans
from sigcheck.allowlist.question import Question
from sigcheck.allowlist.ruleset import Doubt, FileRules, Line, Refuse
from sigcheck.allowlist.walk import Outcome, Piece, follow

Verdict = Literal["admitted", "partly", "refused", "open", "unclear"]

# Our choice: rules that admit more than half of all other IPv4 addresses are no allowlist, whatever they leave out.
OPEN_SHARE = 0.5

# Why a refusal wins over a line that would admit.
FIRST = "that line comes first and shadows"
ALL_THE_SAME = "that line overrides"

# How many refusals in a row are lifted to find the admitting line that they shadow.
MOST_SHADOWS = 16


class Misunderstood(Struct, frozen=True):
    """A line that was not understood. `matters`.

    The answer could be another one if its meaning were known.
    """

    line: Line
    reason: str
    matters: bool


class Judgement(Struct, frozen=True):
    """The verdict on one file, or on all of them together.

    `missing` are the CIDRs of the range that are surely refused, `unsure` those that cannot be told. `decides` is
    the line that the verdict rests on; `shadowed_by` the refusal that stands before `shadowed`, a line that would
    admit.
    """

    verdict: Verdict
    missing: tuple[str, ...]
    unsure: tuple[str, ...]
    decides: Line | None
    shadowed_by: Line | None
    shadowed: Line | None
    # Why the one wins over the other.
    because: str
    not_understood: tuple[Misunderstood, ...]
    notes: tuple[str, ...]


class FileJudgement(Struct, frozen=True):
    """The verdict on one file: its name, what it was read as, and the judgement."""

    file: str
    kind: str
    judgement: Judgement


class Answer(Struct, frozen=True):
    """What `allowlist check` answers: the question, the verdict over all files, and each file's own."""

    ranges: tuple[str, ...]
    port: int
    judgement: Judgement
    files: tuple[FileJudgement, ...]

    @property
    def exit_code(self) -> int:
        """0 the whole range reaches the port, 1 it does not, 3 it cannot be told."""
        match self.judgement.verdict:
            case "admitted" | "open":
                return 0
            case "partly" | "refused":
                return 1
            case "unclear":
                return 3


def judge(readings: Sequence[tuple[str, FileRules]], question: Question) -> Answer:
    """Judge every file by itself and all together: what one of them refuses does not get in.

    `readings` are pairs of a file's name and what was read from it. Raises ValueError for a question whose ranges
    are no networks, UsageProblem for rules that cannot be followed.
    """
    wanted = networks(question.ranges)
    layers = [(name, reading, _outcome(reading, question, wanted)) for name, reading in readings]
    files = tuple(
        FileJudgement(name, reading.kind, _judge([(reading, outcome)], question, wanted))
        for name, reading, outcome in layers
    )
    whole = _judge([(reading, outcome) for _, reading, outcome in layers], question, wanted)
    return Answer(question.ranges, question.port, whole, files)


def verdict_on(admitted: Addresses, refused: Addresses, wanted: Addresses) -> Verdict:
    """Name what is known: `admitted` and `refused` are disjoint; what is in neither cannot be told."""
    if wanted <= admitted:
        outside = ALL - wanted
        return "open" if (admitted & outside).size > OPEN_SHARE * outside.size else "admitted"
    if not wanted & refused:
        return "unclear"
    return "refused" if wanted <= refused else "partly"


def _outcome(reading: FileRules, question: Question, wanted: Addresses) -> Outcome:
    """Join the alternatives of a file: what one of them may do, the file may do."""
    outcomes = [follow(rules, question) for rules in reading.alternatives]
    doubts = [*reading.doubts, *(doubt for outcome in outcomes for doubt in outcome.doubts)]
    may_admit = _union(outcome.may_admit for outcome in outcomes)
    may_refuse = _union(outcome.may_refuse for outcome in outcomes)
    disputed = wanted & may_admit & may_refuse - _union(o.may_admit & o.may_refuse for o in outcomes)
    if disputed and reading.choice:
        line = outcomes[0].refusing[0].line if outcomes[0].refusing else outcomes[0].admitting[0].line
        doubts.insert(0, Doubt(Line(line.file), _places(reading, outcomes, wanted), disputed))
    return Outcome(
        may_admit,
        may_refuse,
        parts=tuple(outcomes),
        admitting=tuple(piece for outcome in outcomes for piece in outcome.admitting),
        refusing=tuple(piece for outcome in outcomes for piece in outcome.refusing),
        doubts=tuple(doubts),
    )


def _places(reading: FileRules, outcomes: Sequence[Outcome], wanted: Addresses) -> str:
    said = "; ".join(
        f"{rules.name}: {verdict_on(outcome.admitted, outcome.refused, wanted)}"
        for rules, outcome in zip(reading.alternatives, outcomes, strict=True)
    )
    return f"{reading.choice} ({said})"


def _differ(outcome: Outcome, wanted: Addresses) -> bool:
    """Tell places that agree on the range and not on the rest of the world: the reader should know."""
    verdicts = {verdict_on(part.admitted, part.refused, wanted) for part in outcome.parts}
    return verdicts == {"admitted", "open"}


def _union(sets: Iterable[Addresses]) -> Addresses:
    return of_spans(span for each in sets for span in each.spans)


def _judge(layers: Sequence[tuple[FileRules, Outcome]], question: Question, wanted: Addresses) -> Judgement:
    may_admit, may_refuse = ALL, _union(outcome.may_refuse for _, outcome in layers)
    for _, outcome in layers:
        may_admit = may_admit & outcome.may_admit
    admitted, refused = may_admit - may_refuse, may_refuse - may_admit
    missing, unsure = wanted & refused, wanted - admitted - refused
    verdict = verdict_on(admitted, refused, wanted)
    shadowed_by, shadowed = None, None
    for reading, outcome in layers:
        if missing and shadowed is None:
            shadowed_by, shadowed = _shadow(reading, outcome, question, missing)
    notes = [note for reading, _ in layers for note in reading.notes]
    notes += [_places(reading, outcome.parts, wanted) for reading, outcome in layers if _differ(outcome, wanted)]
    notes += _half_open([outcome for _, outcome in layers], missing)
    return Judgement(
        verdict=verdict,
        missing=missing.cidrs(),
        unsure=unsure.cidrs(),
        decides=shadowed_by or _decider([outcome for _, outcome in layers], verdict, wanted, missing, unsure),
        shadowed_by=shadowed_by,
        shadowed=shadowed,
        because=_because([reading for reading, _ in layers], shadowed_by, shadowed),
        not_understood=_misunderstood([outcome for _, outcome in layers], wanted, unsure),
        notes=tuple(dict.fromkeys(notes)),
    )


def _misunderstood(outcomes: Sequence[Outcome], wanted: Addresses, unsure: Addresses) -> tuple[Misunderstood, ...]:
    found: dict[tuple[Line, str], bool] = {}
    for outcome in outcomes:
        for doubt in outcome.doubts:
            if doubt.addresses & wanted:
                key = (doubt.line, doubt.reason)
                found[key] = found.get(key, False) or bool(doubt.addresses & unsure)
    return tuple(Misunderstood(line, reason, matters) for (line, reason), matters in found.items())


def _largest(
    pieces: Iterable[Piece], addresses: Addresses, order: Callable[[Piece, int], tuple[int, int]]
) -> Line | None:
    best: tuple[tuple[int, int], Line] | None = None
    for piece in pieces:
        size = (piece.addresses & addresses).size
        if size and (best is None or order(piece, size) > best[0]):
            best = (order(piece, size), piece.line)
    return best[1] if best else None


def _decider(
    outcomes: Sequence[Outcome], verdict: Verdict, wanted: Addresses, missing: Addresses, unsure: Addresses
) -> Line | None:
    match verdict:
        case "admitted" | "open":
            # The line that names the range says more than a policy that lets everything pass afterwards.
            pieces = [piece for outcome in outcomes for piece in outcome.admitting]
            return _largest(pieces, wanted, lambda piece, size: (int(piece.explicit), size))
        case "partly" | "refused":
            pieces = [p for o in outcomes for p in o.refusing if o.refused & missing]
            return _largest(pieces, missing, lambda piece, size: (size, int(piece.explicit)))
        case "unclear":
            for outcome in outcomes:
                for doubt in outcome.doubts:
                    if doubt.addresses & unsure:
                        return doubt.line
            return None


def _half_open(outcomes: Sequence[Outcome], missing: Addresses) -> list[str]:
    """Say so when the connection would be opened and then die.

    A firewall without a rule for established packets.
    """
    for outcome in outcomes:
        refused = _union(piece.addresses for piece in outcome.refusing if piece.packet == "opening") & missing
        for kind, who in (("following", "the packets after it"), ("answering", "this host's answers")):
            later = _union(p.addresses for p in outcome.refusing if p.packet == kind) & missing - refused
            if later:
                return [f"the first packet gets in, {who} are refused: admit established connections"]
    return []


def _because(readings: Sequence[FileRules], refusal: Line | None, admitting: Line | None) -> str:
    if refusal is None or admitting is None:
        return ""
    chains = [
        chain
        for each in readings
        for rules in each.alternatives
        for chain in (*(b.chain for b in rules.bases), *rules.chains)
    ]
    together = False
    for chain in chains:
        lines = [rule.line for rule in chain.rules]
        for rule in chain.rules:
            if rule.line == refusal and isinstance(rule.action, Refuse) and rule.action.because:
                return rule.action.because
        together = together or (refusal in lines and admitting in lines)
    first = (refusal.number or 0) < (admitting.number or 0) if refusal.file == admitting.file else False
    return FIRST if together and (first or refusal.number is None) else ALL_THE_SAME


def _shadow(
    reading: FileRules, outcome: Outcome, question: Question, missing: Addresses
) -> tuple[Line | None, Line | None]:
    """Find a refusal without which a later line would admit missing addresses.

    Lift refusals until one does.
    """
    lifted: dict[Line, None] = {}
    pieces: Sequence[Piece] = outcome.refusing
    for _ in range(MOST_SHADOWS):
        fresh = [p for p in pieces if p.explicit and p.addresses & missing and p.line not in lifted]
        if not fresh:
            return None, None
        lifted.update((piece.line, None) for piece in fresh)
        pieces = ()
        for rules in reading.alternatives:
            without = follow(rules, question, frozenset(lifted))
            pieces = (*pieces, *without.refusing)
            gained = without.admitted & missing
            line = _largest(
                (piece for piece in without.admitting if piece.explicit),
                gained or NONE,
                lambda _, size: (size, 0),
            )
            if line is not None:
                return next(iter(lifted)), line
    return None, None
