"""Verdicts that are advice alone: of rules that people overruled too often, or that missed too much."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from app.domain.evidence import Verdict
from app.domain.metrics import GateStanding
from app.domain.scoring import Finding
from app.kit.i18n import Translator
from app.reports.rule_quality import MeasuredRule, below_gate
from app.reviews.standing import Standing


def advice(session: Session, now: Standing, words: Translator, at: datetime) -> Mapping[str, str]:
    """Why the machine's verdict is no more than advice, by item; items whose rules are trusted are left out."""
    rules = below_gate(session, at)
    told = {
        finding.id: _why(finding, rule, words)
        for finding in now.findings
        if (rule := rules.get((now.card.id, finding.id))) is not None
    }
    return {item: why for item, why in told.items() if why}


def _why(finding: Finding, rule: MeasuredRule, words: Translator) -> str:
    """A fail is doubted when too few of its fails were right, another verdict when it missed too many."""
    if finding.verdict == Verdict.FAIL:
        found, standing = rule.quality.precision, rule.gate.of_precision(rule.quality)
        text = words.gettext("Advisory: right in %(percent)s%% of the %(n)s reviewed calls that it failed")
    elif finding.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        found, standing = rule.quality.recall, rule.gate.of_recall(rule.quality)
        text = words.gettext("Advisory: found %(percent)s%% of the %(n)s fails that people gave in reviewed calls")
    else:
        return ""
    if standing != GateStanding.BELOW or found.rate is None:
        return ""
    return text % {"percent": round(100 * found.rate), "n": found.n}
