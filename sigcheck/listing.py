"""Every request that a run would send, as its plan says; none is sent. Secrets are hidden where they stand."""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct, structs

from sigcheck.callback import Callback
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.model.figures import batch_of
from sigcheck.plan import RunPlan
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.redact import Redactor
from sigcheck.redaction.secrets_of import redact_body, redact_header
from sigcheck.scenario import Await, Count, Deliver, Hook, Plan

FORMATS = ("text", "json")


class Action(Struct, frozen=True, omit_defaults=True):
    """One thing that a run would do.

    `due` is in seconds from the first delivery's end, with answers that take no time; None where nothing is
    scheduled. `scenario` is the one that it belongs to. `asks` is what an observer is asked; `note` says on what
    the action depends.
    """

    kind: Literal["resolve", "connect", "handshake", "sample", "delivery", "count", "hook"]
    what: str
    scenario: str | None = None
    attempt: int | None = None
    due: float | None = None
    method: str | None = None
    url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    asks: str | None = None
    note: str | None = None


class Listing(Struct, frozen=True):
    """All of a dry run, in the order of the run. `name` is what the configuration file calls the target."""

    dry_run: bool
    name: str
    target: str
    requests: int
    actions: tuple[Action, ...]
    note: str | None = None


class Listings(Struct, frozen=True):
    """The dry runs of several targets."""

    dry_run: bool
    targets: tuple[Listing, ...]


SHOWN = 10
"""Device ids that a listing names."""


def listing(plan: RunPlan, format_name: str) -> str:
    """List what a run would do, as text or JSON; raises UsageProblem for a format that has no room for it."""
    return _written(_listed(plan, format_name), format_name)


def listing_of_several(plans: Iterable[RunPlan], format_name: str) -> str:
    """List what the runs of several targets would do, as `listing` does."""
    listed = tuple(_listed(plan, format_name) for plan in plans)
    if format_name == "json":
        return _written(Listings(True, listed), format_name)
    return "\n".join(_written(each, format_name) for each in listed)


def requests_of(plan: RunPlan) -> int:
    """Give how many requests a run would send at the most, as its listing says, without the work of listing them."""
    beside = (plan.http10, plan.unauthenticated is not None, plan.moved is not None)
    count = plan.first_samples * plan.samples + sum(beside)
    if plan.replays:
        count += sum(each.deliveries for each in _most(plan))
        if plan.samples:
            count += max(0, plan.closing_samples(plan.first_samples, plan.schedule.attempts))
    return count


def _listed(plan: RunPlan, format_name: str) -> Listing:
    if format_name not in FORMATS:
        raise UsageProblem(f"a dry run has no {format_name} format", "give --format text or json")
    plan = _concealed(plan)
    actions = tuple(_disarmed(action) for action in _actions(plan))
    requests = sum(action.kind in {"sample", "delivery"} for action in actions)
    drawn = None if plan.factory.given else "device ids are drawn for each run; --device fixes them"
    if registered := plan.factory.registered:
        shown = ", ".join(registered[:SHOWN]) + (f" and {len(registered) - SHOWN} more" * (len(registered) > SHOWN))
        drawn = f"only these devices are used: {shown}"
    url = plan.redactor.url(plan.callback.target.url)
    whole = Listing(True, plan.config.name, url, requests, actions, drawn)
    discreet = plan.discreet()
    return whole if discreet is None else discreet.struct(whole)


def _written(whole: Listing | Listings, format_name: str) -> str:
    if format_name == "json" or isinstance(whole, Listings):
        import msgspec

        return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"
    return "\n".join(_lines(whole)) + "\n"


def _concealed(plan: RunPlan) -> RunPlan:
    return structs.replace(plan, callback=concealed(plan.callback, plan.redactor))


def concealed(callback: Callback, redactor: Redactor) -> Callback:
    """Hide each secret where it stands, one too short to be looked for too, and then wherever else it stands."""
    hidden = redactor.hidden
    return structs.replace(
        callback,
        target=structs.replace(
            callback.target, url=hidden(redactor.url(callback.target.url)), host=hidden(callback.target.host)
        ),
        headers=tuple((name, redact_header(name, hidden(value))) for name, value in callback.headers),
        body=None if callback.body is None else redact_body(hidden(callback.body)),
        line=None if callback.line is None else redact_body(hidden(callback.line)),
    )


def _disarmed(action: Action) -> Action:
    """Disarm what the user gave; its secrets were hidden where they stood, before the placeholders were filled."""

    def text(value: str | None) -> str | None:
        return None if value is None else disarm(value)

    return structs.replace(
        action,
        url=text(action.url),
        headers=tuple((name, disarm(value)) for name, value in action.headers),
        body=text(action.body),
        asks=text(action.asks),
    )


def _actions(plan: RunPlan) -> Iterator[Action]:
    target = plan.callback.target
    yield Action("resolve", target.host)
    yield Action("connect", f"each address of {target.host}, port {target.port}", note="nothing is sent")
    unnamed = plan.settings.no_sni
    if plan.shakes_hands:
        yield Action(
            "handshake",
            f"each address of {target.host}, port {target.port}",
            note=f"to the end as OpenSSL and a JDK 17 make it{', without a server name' if unnamed else ''}, with the "
            f"first also {'with one' if unnamed else 'without a server name'} and at each protocol version",
        )
    if plan.samples:
        for number in range(1, plan.first_samples + 1):
            message = plan.factory.sample(number)
            yield _request(plan.callback, message, Action("sample", f"sample {number}"))
    if plan.http10:
        message = plan.factory.sample(plan.first_samples + 1)
        yield _request(plan.callback, message, Action("sample", "one message by HTTP/1.0"))
    if plan.unauthenticated is not None:
        message = plan.factory.sample(0)
        yield _request(plan.unauthenticated, message, Action("sample", "one message without credentials"))
    if plan.moved is not None:
        message = plan.factory.sample(-1)
        yield _request(plan.moved, message, Action("sample", "one message with the query in its body"))
    if plan.replays:
        yield from _scenarios(plan)
        if plan.samples:
            yield from _closing(plan)


def _closing(plan: RunPlan) -> Iterator[Action]:
    """List the samples that a run with a replay takes at its end: as many as may be missing to see a rare fault."""
    elapsed = int(plan.schedule.duration())
    for number in range(1, plan.closing_samples(plan.first_samples, plan.schedule.attempts) + 1):
        message = plan.factory.sample(plan.first_samples + plan.http10 + number, elapsed, closing=True)
        note = "at the end, if this many are needed to catch a fault that comes only now and then"
        yield _request(plan.callback, message, Action("sample", f"closing sample {number}", note=note))


def _scenarios(plan: RunPlan) -> Iterator[Action]:
    """List the replay and the scenarios that may be played beside it."""
    elapsed = 0.0
    for each in _most(plan):
        elapsed += plan.factory.delay(each.messages, elapsed)
        dated = plan.factory.dated(each.messages, elapsed) if plan.factory.registered else each.messages
        yield from _steps(plan, structs.replace(each, messages=dated))


def _most(plan: RunPlan) -> Iterable[Plan]:
    """Give the replay and the scenarios: the most of each that a quick or a slow receiver gets."""
    most: dict[str, Plan] = {}
    for answer in (plan.callback.policy.answer_limit, 0.0):
        played = plan.scenarios(plan.profile(answer))
        for each in (played.replay, *played.short, *played.last):
            if each.deliveries >= (most[each.scenario].deliveries if each.scenario in most else 0):
                most[each.scenario] = each
    return most.values()


def _steps(plan: RunPlan, scenario: Plan) -> Iterator[Action]:
    scheduled = any(isinstance(step, Await) for step in scenario.steps)
    ended = 0.0
    note = None if scheduled else "inside the waits of the schedule or after it, if the run has time for it"
    for step in scenario.steps:
        match step:
            case Await(attempt=attempt):
                ended = plan.schedule.due(attempt, 0.0, _due(plan, attempt - 1))
            case Count(label=label):
                if plan.observer is not None:
                    yield _count(plan, scenario, label)
            case Hook(kind=kind):
                yield Action("hook", f"--{kind}-command", scenario=scenario.scenario)
            case Deliver(messages=messages, attempt=attempt):
                for index in messages:
                    action = Action(
                        "delivery",
                        _named(scenario, index, step.also),
                        scenario=scenario.scenario,
                        attempt=attempt,
                        due=ended if scheduled else None,
                        note=note,
                    )
                    also = tuple(scenario.messages[place] for place in step.also)
                    action = _request(plan.callback, scenario.messages[index], action, also)
                    if step.failing and plan.fail_header is not None:
                        name, value = plan.fail_header
                        shown = (name, redact_header(name, plan.redactor.hidden(value)))
                        action = structs.replace(action, headers=(*action.headers, shown))
                    yield action


def _named(scenario: Plan, index: int, also: tuple[int, ...]) -> str:
    name = scenario.names[index]
    return f"{name}, in {batch_of(1 + len(also))}" if also else name


def _due(plan: RunPlan, attempt: int) -> float:
    """Give the due time of a delivery where every answer takes no time."""
    return 0.0 if attempt < 2 else plan.schedule.due(attempt, 0.0, _due(plan, attempt - 1))


def _count(plan: RunPlan, scenario: Plan, label: str) -> Action:
    observer = plan.observer
    assert observer is not None  # noqa: S101 - for the type checker
    what = "each message" if observer.facts.per_message else "all messages together"
    return Action(
        "count",
        f"{label}: {what}",
        scenario=scenario.scenario,
        asks=plan.redactor.hidden(observer.asks),
        note=f"by {observer.facts.kind}, until the count has stayed unchanged for {observer.facts.settle:g} s",
    )


def _request(callback: Callback, message: Message, action: Action, also: tuple[Message, ...] = ()) -> Action:
    """Fill in the request, which carries others `also` in a batch; what is secret of the callback was hidden before."""
    safe = callback.render_batch((message, *also))
    headers = tuple((name, "***" if name == "authorization" else value) for name, value in safe.headers)
    return structs.replace(
        action,
        method=safe.method,
        url=safe.url,
        headers=headers,
        body=safe.body.decode() if safe.body or callback.method != "GET" else None,
    )


def _lines(whole: Listing) -> Iterator[str]:
    name = f"{whole.name}, " if whole.name else ""
    count = whole.requests
    most = f"up to {count} request{'' if count == 1 else 's'}" if count else "no request"
    yield f"dry run of {name}{whole.target}: nothing was sent; a run would send {most}"
    if whole.note:
        yield whole.note
    shown: Action | None = None
    for action in whole.actions:
        if action.scenario is not None and (shown is None or shown.scenario != action.scenario):
            yield f"\n{action.scenario}" + (f" ({action.note})" if action.kind != "count" and action.note else "")
        place = "" if action.attempt is None else f" {action.attempt}"
        due = "" if action.due is None else f", due {action.due:g} s after the first"
        yield f"  {action.kind}{place}: {action.what}{due}"
        if action.kind in {"connect", "handshake", "count", "sample"} and action.note:
            yield f"      {action.note}"
        if action.kind == "count":
            yield f"      {action.asks}"
        elif action.method is not None:
            yield f"      {action.method} {action.url}"
            yield from (f"      {name}: {value}" for name, value in action.headers)
            if action.body is not None:
                yield f"      {action.body}"
        shown = action
