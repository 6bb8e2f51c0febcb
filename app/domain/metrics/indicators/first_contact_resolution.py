"""First contact resolution (一次性解决率, FCR): of the matters, those solved at the first contact."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Solved at first contact ÷ contacts of which this is known."""
    n = counted(sums, "first_known")
    return share(counted(sums, "solved_first"), n) if n else None


FIRST_CONTACT_RESOLUTION = Indicator(
    id="first_contact_resolution",
    name=Text(
        en="First contact resolution (FCR)",
        zh="一次性解决率（FCR）",
        ja="一次解決率（FCR）",
    ),
    definition=Text(
        en="Contacts solved at first contact ÷ contacts of which this is known.",
        zh="首次联系即解决的联系 ÷ 已知是否首次解决的联系。",
        ja="最初の応対で解決した件数 ÷ それが分かっている件数。",
    ),
    unit=Unit.SHARE,
    basis=Basis.OUTCOMES,
    more_is_better=True,
    sums=(
        "first_known",
        "solved_first",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=0.85, kind="industry", sure=False),
        KnownTarget(value=0.7, kind="industry", sure=False, span=(0.7, 0.75)),
        KnownTarget(value=0.85, kind="suggested", sure=False),
    ),
)
