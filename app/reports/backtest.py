"""What a scorecard would change: every stored call judged twice, side by side, and nothing written."""

import gc
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from multiprocessing import get_context

from sqlalchemy import Engine

from app.domain.evidence import Verdict
from app.domain.reading import Prepared, Reading
from app.domain.scorecard import Scorecard
from app.domain.scoring import Score, score_reading
from app.domain.transcript import Transcript
from app.evaluations.service import rules_version
from app.kit import db
from app.kit.errors import AppError
from app.reports import heard_queries
from app.reports.comparison import Comparison, Judgement
from app.reports.heard_queries import Heard
from app.reports.queries import Filter
from app.transcription.readings import reading_version

# So few calls that a process soon answers, so many that asking takes no time beside judging.
AT_ONCE = 25
# Parts that wait for each process, so that none ever waits for its next.
AHEAD = 3


class NothingToJudge(AppError):
    """No stored call matches that is in the language of the scorecard."""

    code = "nothing_to_judge"
    status = 409


@dataclass(frozen=True)
class Trial:
    """What is tried: a scorecard, against another or (None) against the evaluation that each call counts with.

    The scorecards are JSON, because processes hand them to each other.
    """

    database: str
    new: str
    against: str | None = None


def backtest(
    database: str,
    new: Scorecard,
    against: Scorecard | None,
    chosen: Filter,
    *,
    workers: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> Comparison:
    """The calls that were chosen, judged by a scorecard beside another one (None: beside what is stored of them).

    `progress` is told the share that is done (0-1).
    """
    trial = Trial(database, new.model_dump_json(), against.model_dump_json() if against else None)
    engine = _engine(database)
    with db.session(engine, reads_only=True) as session:
        total = heard_queries.count_heard(session, chosen, new.language)
    if not total:
        raise NothingToJudge
    found = Comparison()
    done = 0
    # A process takes a second or two to begin: a few calls are judged sooner here.
    workers = min(workers, -(-total // AT_ONCE))
    for count, part in _side_by_side(trial, _parts(engine, chosen, new.language), workers):
        found.add(part)
        done += count
        # Calls may come in meanwhile.
        progress(min(1.0, done / total))
    return found


def judge_some(trial: Trial, call_ids: Sequence[int]) -> Comparison:
    """Some calls judged twice; only counts and what changes come back."""
    return compared(_engine(trial.database), trial, call_ids)


def compared(engine: Engine, trial: Trial, call_ids: Sequence[int]) -> Comparison:
    """The same, in the database that is at hand."""
    with db.session(engine, reads_only=True) as session:
        calls = heard_queries.heard(session, call_ids)
        evaluations = [call.evaluation_id for call in calls if call.evaluation_id is not None]
        stored = heard_queries.verdicts_found(session, evaluations) if trial.against is None else {}
        people = heard_queries.verdicts_submitted(session, call_ids)
    found = Comparison()
    for call in calls:
        transcript, card = Transcript.model_validate_json(call.transcript), _card(trial.new)
        if not transcript.language.lower().startswith(card.language):
            found.elsewhere += 1
            continue
        reading = _reading(call, transcript)
        if trial.against is not None:
            before = _judged(_card(trial.against), reading)
        elif call.evaluation_id is None or call.rules_version is None:
            found.unscored += 1
            continue
        else:
            found.rules[call.rules_version] += 1
            before = _as_stored(call, stored.get(call.evaluation_id, {}))
        after = _judged(card, reading)
        found.compare(call.call_id, call.agent_id or 0, before, after, people.get(call.call_id, {}))
    return found


def by_todays_rules(found: Comparison) -> bool:
    """Whether all stored verdicts were given by the rules of today, so that a change is the scorecard's alone."""
    return set(found.rules) <= {rules_version()}


def _reading(call: Heard, transcript: Transcript) -> Reading:
    if call.reading is None or call.reading_version != reading_version():
        return Reading(transcript)
    return Reading(transcript, Prepared.model_validate_json(call.reading))


def _judged(card: Scorecard, reading: Reading) -> Judgement:
    result = score_reading(card, reading)
    return Judgement(result.outcome, {finding.id: finding.verdict for finding in result.findings})


def _as_stored(call: Heard, verdicts: dict[str, Verdict]) -> Judgement:
    told = Score(findings=(), score=None, low=call.low, high=None, passed=call.passed, critical_failed=False)
    return Judgement(told.outcome, verdicts)


def _side_by_side(trial: Trial, parts: Iterator[Sequence[int]], workers: int) -> Iterator[tuple[int, Comparison]]:
    """What came of each part, in their order, and how many calls it is."""
    if workers == 1:
        yield from ((len(part), judge_some(trial, part)) for part in parts)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)
    waiting: deque[tuple[int, Future[Comparison]]] = deque()
    try:
        for part in parts:
            with _deaf_to_interrupts():
                waiting.append((len(part), pool.submit(judge_some, trial, part)))
            if len(waiting) >= AHEAD * workers:
                count, future = waiting.popleft()
                yield count, future.result()
        for count, future in waiting:
            yield count, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _parts(engine: Engine, chosen: Filter, language: str) -> Iterator[Sequence[int]]:
    after = 0
    while True:
        with db.session(engine, reads_only=True) as session:
            part = heard_queries.heard_after(session, chosen, language, after, AT_ONCE)
        if not part:
            return
        yield part
        after = part[-1]


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ctrl-C is for this process, which ends the others; a process that begins meanwhile never hears of it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin() -> None:
    # A transcript is thousands of values without circles, and looking for some takes as long as reading them.
    gc.freeze()
    gc.set_threshold(100_000)


@cache
def _engine(database: str) -> Engine:
    return db.make_engine(database)


# Two at a time, and room for those of the next trial: a worker tries many cards in its life.
@lru_cache(maxsize=4)
def _card(content: str) -> Scorecard:
    return Scorecard.model_validate_json(content)
