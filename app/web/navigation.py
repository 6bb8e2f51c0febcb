"""Where one can go: the sections of the main navigation and the places within each, as far as a person may see them."""

from collections.abc import Callable
from dataclasses import dataclass

from app.accounts.models import User
from app.accounts.policies import (
    may_assign,
    may_calibrate,
    may_coach,
    may_enter_facts,
    may_enter_performance,
    may_import_lists,
    may_manage_people,
    may_manage_webhooks,
    may_read_coaching,
    may_read_disputes,
    may_read_scorecards,
    may_record_complaints,
    may_release,
    may_review,
    may_see_agreement,
    may_see_calls,
    may_see_jobs,
    may_see_roster,
    may_see_targets,
    may_see_team,
    may_see_who_heard,
    may_set_retention,
)
from app.kit.i18n import N_, Translator

Policy = Callable[[User], bool]


@dataclass(frozen=True)
class Place:
    """A page that stands for itself and for those whose address begins like its own, or like one of `also`."""

    href: str
    label: str
    may: Policy
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        return any(path == one or path.startswith(f"{one}/") for one in (self.href, *self.also))


@dataclass(frozen=True)
class Section:
    """Places that belong together; the first that a person may see is where its link leads."""

    label: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Link:
    """One link of the navigation."""

    href: str
    label: str
    current: bool


@dataclass(frozen=True)
class Navigation:
    """The sections, and the places of the current one where it has several; `here` is its name."""

    sections: tuple[Link, ...] = ()
    here: str = ""
    places: tuple[Link, ...] = ()


SECTIONS = (
    Section(N_("Inbox"), (Place("/inbox", N_("Inbox"), may_see_calls),)),
    Section(
        N_("Queue"),
        (
            Place("/queue", N_("To review"), may_review),
            Place("/queue/assign", N_("Assign"), may_assign),
            Place("/queue/handover", N_("Hand over"), may_assign),
        ),
    ),
    Section(N_("Calls"), (Place("/calls", N_("Calls"), may_see_calls),)),
    Section(
        N_("Disputes"),
        (
            Place("/disputes", N_("Disputes"), may_read_disputes),
            Place("/releases", N_("To release"), may_release),
        ),
    ),
    Section(
        N_("Coaching"),
        (
            Place("/coaching", N_("Notes"), may_read_coaching),
            Place("/coaching/topics", N_("Weak topics"), may_see_team),
            Place("/coaching/templates", N_("Templates"), may_coach),
        ),
    ),
    Section(N_("Complaints"), (Place("/complaints", N_("Complaints"), may_record_complaints),)),
    Section(
        N_("Team"),
        (
            Place("/teams", N_("Results"), may_see_team, also=("/agents",)),
            Place("/indicators", N_("Indicators"), may_see_team),
            Place("/items", N_("Items"), may_see_team),
            Place("/agreement", N_("Agreement"), may_see_agreement),
            Place("/calibrations", N_("Calibration"), may_calibrate),
            Place("/targets", N_("Targets"), may_see_targets),
            Place("/facts", N_("Facts to enter"), may_enter_facts),
            Place("/imports", N_("Imports"), may_import_lists),
            Place("/performance/weights", N_("Performance score"), may_enter_performance),
        ),
    ),
    Section(
        N_("Sampling"),
        (
            Place("/sampling", N_("Plans"), may_see_team),
            Place("/sampling/risk", N_("Risk picks"), may_see_team),
        ),
    ),
    Section(N_("Scorecards"), (Place("/scorecards", N_("Scorecards"), may_read_scorecards),)),
    Section(
        N_("People"),
        (
            Place("/admin/users", N_("People"), may_manage_people),
            Place("/admin/teams", N_("Teams"), may_manage_people),
            Place("/roster", N_("Roster"), may_see_roster),
            Place("/admin/keys", N_("API keys"), may_manage_people),
            Place("/admin/webhooks", N_("Webhooks"), may_manage_webhooks),
            Place("/admin/audit", N_("Audit"), may_manage_people),
            Place("/admin/heard", N_("Recordings heard"), may_see_who_heard),
            Place("/admin/retention", N_("Retention"), may_set_retention),
            Place("/admin/jobs", N_("Jobs"), may_see_jobs),
            Place("/admin/mail", N_("Mail"), may_manage_people),
        ),
    ),
)


def navigation(user: User, path: str, words: Translator) -> Navigation:
    """The navigation as this person sees it on the page at this path."""
    seen = [(one, open_to) for one in SECTIONS if (open_to := tuple(place for place in one.places if place.may(user)))]
    # Of two that hold the path, the one that says more: /coaching/topics, not /coaching.
    holding = [place for _, places in seen for place in places if place.holds(path)]
    current = max(holding, key=lambda place: len(place.href), default=None)

    def link(place: Place, label: str, is_current: bool) -> Link:
        return Link(place.href, words.gettext(label), is_current)

    here = next(((one, places) for one, places in seen if current in places), None)
    return Navigation(
        sections=tuple(link(places[0], one.label, current in places) for one, places in seen),
        here=words.gettext(here[0].label) if here else "",
        places=tuple(link(place, place.label, place == current) for place in here[1])
        if here and len(here[1]) > 1
        else (),
    )
