"""response-form-query: the receiver takes a form's query in the URL, and not in the body, or the other way round."""

from collections.abc import Iterator

from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OLDER_CALLBACK_PAGE
from sigcheck.rules._evidence import accepted, status_line


def check(evidence: Evidence) -> Iterator[Remark]:
    """Compare the one message whose query was sent in its form with the samples, whose query was in the URL."""
    moved = evidence.moved
    answers = [each for each in evidence.samples if isinstance(each.outcome, Answer)]
    if moved is None:
        yield Skipped("no message was sent with the URL's query in its body: --form-query both sends one")
        return
    if not isinstance(moved.outcome, Answer) or not answers:
        yield Undecided("the message with the query in its body, or all of the others, got no answer")
        return
    seen = f"a message with the query in its body was answered {status_line(moved.outcome)}"
    taken = [each for each in answers if accepted(each, evidence)]
    if accepted(moved, evidence) and not taken:
        yield Finding(
            f"{seen}, and none with the query in the URL was accepted",
            where="the delivery with the query in its body",
        )
    elif not accepted(moved, evidence) and taken:
        yield Finding(
            f"{seen}, and those with the query in the URL were accepted",
            where="the delivery with the query in its body",
        )
    elif taken:
        yield Passed(f"{seen}, and those with the query in the URL were accepted, too", 1, "answers")
    else:
        yield Undecided("no message was accepted, wherever its query was")


RULE = Rule(
    id="response-form-query",
    level="should",
    title="A form is accepted with the query in the URL and in the body",
    problem="A form is accepted only with the query in one place",
    fix="Read the parameters from the query and from the form, or put all of them into the body's template: an old "
    "official text says that the Cloud moves the query of the URL into the form, and no newer page confirms it.",
    source=OLDER_CALLBACK_PAGE,
    check=check,
)
