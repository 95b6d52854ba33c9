"""`--dry-run`: every request that a run would send, none of which is sent. Secrets are hidden where they stand."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, structs

from sigcheck.callback import Callback
from sigcheck.cli.orders import Prepared
from sigcheck.disarm import disarm
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.order import Order
from sigcheck.probes.sampler import DEFAULT_SAMPLES, ENOUGH, FEWEST
from sigcheck.redact import redact_url
from sigcheck.scenario import Await, Count, Deliver, Hook, Plan
from sigcheck.scenario.choice import choose
from sigcheck.scenario.plans import ReceiverProfile, retry
from sigcheck.secrets_of import redact_body, redact_value

FORMATS = ("text", "json")


class Action(Struct, frozen=True, omit_defaults=True):
    """One thing that a run would do.

    `due` is in seconds from the first delivery's end, with answers that take no time; None where nothing is
    scheduled. `scenario` is the one that it belongs to. `asks` is what an observer is asked; `note` says on what
    the action depends.
    """

    kind: Literal["resolve", "connect", "handshake", "sample", "delivery", "reading", "hook"]
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
    """All of a dry run, in the order of the run."""

    dry_run: bool
    target: str
    requests: int
    actions: tuple[Action, ...]
    note: str | None = None


def listing(prepared: Prepared) -> str:
    """List what a run would do, as text or JSON; raises UsageProblem for a format that has no room for it."""
    if prepared.format_name not in FORMATS:
        raise UsageProblem(f"a dry run has no {prepared.format_name} format", "give --format text or json")
    if prepared.reports:
        raise UsageProblem("a dry run has no report to write", "leave --report out")
    prepared = structs.replace(prepared, order=_concealed(prepared))
    order = prepared.order
    actions = tuple(_disarmed(action) for action in _actions(prepared))
    requests = sum(action.kind in {"sample", "delivery"} for action in actions)
    drawn = None if order.factory.given else "device ids are drawn for each run; --device fixes them"
    whole = Listing(True, redact_url(order.callback.target.url), requests, actions, drawn)
    if prepared.format_name == "json":
        import msgspec

        return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"
    return "\n".join(_lines(whole)) + "\n"


def _concealed(prepared: Prepared) -> Order:
    """Hide each secret where it stands, one too short to be looked for too, and then wherever else it stands."""
    order, hidden = prepared.order, prepared.redactor.hidden
    callback = order.callback
    safe = structs.replace(
        callback,
        target=structs.replace(callback.target, url=hidden(redact_url(callback.target.url))),
        headers=tuple((name, hidden(redact_value(value))) for name, value in callback.headers),
        body=None if callback.body is None else hidden(redact_body(callback.body)),
    )
    return structs.replace(order, callback=safe)


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


def _actions(prepared: Prepared) -> Iterator[Action]:
    order = prepared.order
    target = order.callback.target
    families = {rule.family for rule in order.rules}
    yield Action("resolve", target.host)
    yield Action("connect", f"each address of {target.host}, port {target.port}", note="nothing is sent")
    if target.scheme == "https" and "tls" in families:
        yield Action(
            "handshake",
            f"each address of {target.host}, port {target.port}",
            note="to the end as OpenSSL and a JDK 17 make it, with the first also without a server name and at each "
            "protocol version",
        )
    if families & {"response", "deadline", "exposure"}:
        for number in range(1, order.first_samples + 1):
            message = order.factory.sample(number)
            yield _request(order.callback, message, Action("sample", f"sample {number}"))
    unauthenticated = order.callback.unauthenticated()
    if "exposure" in families and unauthenticated is not None:
        message = order.factory.sample(0)
        yield _request(unauthenticated, message, Action("sample", "one message without credentials"))
    if order.replays:
        yield from _scenarios(prepared)
        if families & {"response", "deadline", "exposure"}:
            yield from _closing(order)


def _closing(order: Order) -> Iterator[Action]:
    """List the samples that a run with a replay takes at its end: as many as may be missing to see a rare fault."""
    most = order.settings.samples - FEWEST
    if order.settings.samples >= DEFAULT_SAMPLES:
        most = max(most, ENOUGH - FEWEST - order.schedule.attempts)
    elapsed = int(order.schedule.duration())
    for number in range(1, most + 1):
        message = order.factory.sample(order.first_samples + number, elapsed, closing=True)
        note = "at the end, if so many are needed to see a fault that comes now and then"
        yield _request(order.callback, message, Action("sample", f"closing sample {number}", note=note))


def _scenarios(prepared: Prepared) -> Iterator[Action]:
    """List the replay and the scenarios that may be played beside it."""
    order, observer = prepared.order, prepared.observer
    slow = ReceiverProfile(
        answer=order.callback.policy.answer_limit,
        limit=order.callback.policy.answer_limit,
        sampled=True,
        counted=observer is not None,
        per_message=observer is not None and observer.facts.per_message,
        failable="fail" in prepared.commands or order.fail_header is not None,
        fails_by_command="fail" in prepared.commands,
        restartable="restart" in prepared.commands,
    )
    # What is played depends on how quick the receiver is: list the most that either kind gets.
    quick = structs.replace(slow, answer=0.0)
    yield from _steps(prepared, retry(order.factory, order.schedule, quick))
    most: dict[str, Plan] = {}
    for profile in (slow, quick):
        short, last, _ = choose((rule.id for rule in order.rules), order.factory, profile, order.callback.render)
        for plan in (*short, *last):
            if plan.deliveries > (most[plan.scenario].deliveries if plan.scenario in most else 0):
                most[plan.scenario] = plan
    for plan in most.values():
        yield from _steps(prepared, plan)


def _steps(prepared: Prepared, plan: Plan) -> Iterator[Action]:
    order = prepared.order
    scheduled = any(isinstance(step, Await) for step in plan.steps)
    ended = 0.0
    note = None if scheduled else "inside the waits of the schedule or after it, if the run has time for it"
    for step in plan.steps:
        match step:
            case Await(attempt=attempt):
                ended = order.schedule.due(attempt, 0.0, _due(order, attempt - 1))
            case Count(label=label):
                if prepared.observer is not None:
                    yield _counted(prepared, plan, label)
            case Hook(kind=kind):
                yield Action("hook", f"--{kind}-command", scenario=plan.scenario)
            case Deliver(messages=messages, attempt=attempt):
                for index in messages:
                    action = Action(
                        "delivery",
                        plan.names[index],
                        scenario=plan.scenario,
                        attempt=attempt,
                        due=ended if scheduled else None,
                        note=note,
                    )
                    action = _request(order.callback, plan.messages[index], action)
                    if step.failing and order.fail_header is not None:
                        name, value = order.fail_header
                        action = structs.replace(action, headers=(*action.headers, (name, redact_value(value))))
                    yield action


def _due(order: Order, attempt: int) -> float:
    """Give the due time of a delivery where every answer takes no time."""
    return 0.0 if attempt < 2 else order.schedule.due(attempt, 0.0, _due(order, attempt - 1))


def _counted(prepared: Prepared, plan: Plan, label: str) -> Action:
    observer = prepared.observer
    assert observer is not None  # noqa: S101 - for the type checker
    what = "each message" if observer.facts.per_message else "all messages together"
    return Action(
        "reading",
        f"{label}: {what}",
        scenario=plan.scenario,
        asks=prepared.redactor.hidden(observer.asks),
        note=f"by {observer.facts.kind}, until the count has stayed unchanged for {observer.facts.settle:g} s",
    )


def _request(callback: Callback, message: Message, action: Action) -> Action:
    """Fill in the request; what is secret of the callback was hidden before."""
    safe = callback.render(message)
    headers = tuple((name, "***" if name == "authorization" else value) for name, value in safe.headers)
    return structs.replace(
        action,
        method=safe.method,
        url=safe.url,
        headers=headers,
        body=safe.body.decode() if safe.body or callback.method != "GET" else None,
    )


def _lines(whole: Listing) -> Iterator[str]:
    yield f"dry run of {whole.target}: nothing was sent; a run would send up to {whole.requests} requests"
    if whole.note:
        yield whole.note
    shown: Action | None = None
    for action in whole.actions:
        if action.scenario is not None and (shown is None or shown.scenario != action.scenario):
            yield f"\n{action.scenario}" + (f" ({action.note})" if action.kind != "reading" and action.note else "")
        place = "" if action.attempt is None else f" {action.attempt}"
        due = "" if action.due is None else f", due {action.due:g} s after the first"
        yield f"  {action.kind}{place}: {action.what}{due}"
        if action.kind in {"connect", "handshake", "reading", "sample"} and action.note:
            yield f"      {action.note}"
        if action.kind == "reading":
            yield f"      {action.asks}"
        elif action.method is not None:
            yield f"      {action.method} {action.url}"
            yield from (f"      {name}: {value}" for name, value in action.headers)
            if action.body is not None:
                yield f"      {action.body}"
        shown = action
