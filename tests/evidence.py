"""Evidence as a healthy run would leave it; one keyword makes one defect. Times are seconds."""

from datetime import UTC, datetime

from sigcheck.model.delivery import Answer, Exchange, Failure, FailureKind, Message, Phase, Phases
from sigcheck.model.effects import EffectCount, ObserverFacts, ScenarioResult
from sigcheck.model.evidence import CallbackShape, Evidence, Settings, Target
from sigcheck.model.network import Address, NetworkFacts
from sigcheck.policy import SIGFOX_CLOUD

STARTED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MESSAGE = Message("516C4EC0", 1_795_000_000, 7, "0102")


def answer(
    status=204,
    *,
    reason="No Content",
    headers=(),
    body=b"",
    size=None,
    end="complete",
    oddities=(),
    decoded=None,
    behind=b"",
):
    """Give a whole and quick answer."""
    from hashlib import sha256

    return Answer(
        status=status,
        reason=reason,
        http_version="HTTP/1.1",
        headers=headers,
        body=body,
        body_size=len(body) if size is None else size,
        body_end=end,
        body_sha256=sha256(body).hexdigest(),
        decoded=decoded,
        oddities=oddities,
        behind=behind,
    )


def failure(kind=FailureKind.NO_ANSWER, phase=Phase.WAIT, detail="no status line and headers within 30 s"):
    """Give a delivery without an answer."""
    return Failure(kind, phase, detail)


def exchange(outcome=None, *, wait=0.02, total=None, attempt=1, started=0.5, due=None, message=MESSAGE):
    """Give one delivery, answered 204 after 20 ms."""
    outcome = answer() if outcome is None else outcome
    answered = wait if isinstance(outcome, Answer) else None
    return Exchange(
        message=message,
        attempt=attempt,
        started=started,
        phases=Phases(resolve=0.001, connect=0.002, tls=0.003, send=0.001, wait=wait),
        total=wait + 0.007 if total is None else total,
        limit=10.0,
        outcome=outcome,
        due=due,
        sent=started + 0.007,
        answered_after=answered,
        address="192.0.2.1",
    )


def samples(*outcomes, waits=()):
    """Give samples with these outcomes, or five good ones; `waits` are their answer times."""
    outcomes = outcomes or (answer(),) * (len(waits) or 5)
    times = waits or (0.02,) * len(outcomes)
    return tuple(exchange(outcome, wait=wait) for outcome, wait in zip(outcomes, times, strict=True))


def address(text="192.0.2.1", *, scope="public", outcome="connected", detail=""):
    """Give one address that accepts connections."""
    return Address(text, 6 if ":" in text else 4, scope, outcome, 0.004, detail)


def network(*addresses, problem=None, overridden=False, literal=False):
    """Give a name with one public IPv4 address."""
    found = addresses or (() if problem else (address(),))
    return NetworkFacts("receiver.example", 443, found, 0.003, problem, overridden, literal)


def scenario(*outcomes, effects=None, fault=None, not_played=None, starts=(1.0, 61.0, 181.0, 421.0), waits=(0.02,) * 4):
    """Give the replay of one message: four deliveries answered 204, one effect.

    `effects` has the count after each delivery; None leaves them uncounted.
    """
    outcomes = outcomes or (answer(),) * 4
    deliveries = tuple(
        exchange(outcome, attempt=number, started=start, due=None if number == 1 else start, wait=wait)
        for number, (outcome, start, wait) in enumerate(zip(outcomes, starts, waits, strict=False), 1)
    )
    counts = []
    if effects is not None:
        counts.append(EffectCount(0.9, 0.8, "before delivery 1", 0, 0, 0, 0, 2))
        for number, count in enumerate(effects, 1):
            at = starts[min(number, len(starts)) - 1] + 2.1
            label = f"after delivery {number}" if number <= len(deliveries) else "at the end"
            place = min(number, len(deliveries)) - 1
            faulty = fault if count is None else None
            counts.append(EffectCount(at, at - 2, label, 0, 1, count, count, 3, faulty, exchange=place))
    return ScenarioResult(
        "retry",
        (MESSAGE,),
        ("the message",),
        exchanges=deliveries,
        counts=tuple(counts),
        not_played=not_played,
        fault=fault,
    )


NETWORK = network()
SAMPLES = samples()
TRIAL = scenario(effects=(1, 1, 1, 1, 1))
BY_HTTP10 = exchange(message=Message("516C4EC1", 1_795_000_001, 8, "0102"))
BARE = exchange(answer(401, reason="Unauthorized"))
OBSERVER = ObserverFacts("url", True, 2.0)


def evidence(
    *,
    network=NETWORK,
    samples=SAMPLES,
    scenario=TRIAL,
    observer=OBSERVER,
    speed=1.0,
    allow_private=False,
    interrupted=None,
    breakdowns=(),
    tls=None,
    url="https://receiver.example/callback",
    vantage="outside",
    allowlist=None,
    unauthenticated=BARE,
    moved=None,
    http10=None,
    authenticated=True,
    secret_in_url=False,
    kind="data/uplink",
    ack=None,
    selected=None,
):
    """Give the evidence of a healthy run with an observer; `allowlist` is what the firewall's rules say.

    `kind` is the callback type, and `ack` what it says in the deliveries that do not say themselves.
    """
    return Evidence(
        run="0badcafe",
        target=Target(url, "https", "receiver.example", 443),
        callback=CallbackShape(
            "POST",
            "application/json",
            ("Authorization",) if authenticated else (),
            authenticated,
            secret_in_url,
            type=kind,
            ack=ack,
        ),
        policy=SIGFOX_CLOUD,
        settings=Settings(speed=speed, allow_private=allow_private, vantage=vantage, selected=selected),
        started_at=STARTED,
        clock="fake",
        network=network,
        allowlist=allowlist,
        tls=tls,
        samples=samples,
        unauthenticated=unauthenticated,
        moved=moved,
        http10=http10,
        observer=observer,
        scenarios=() if scenario is None else (scenario,),
        requests=len(samples) + (len(scenario.exchanges) if scenario else 0),
        interrupted=interrupted,
        breakdowns=breakdowns,
    )
