"""Every page of the product, as each kind of person sees it, on the furnished site."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from app.request import SESSION_COOKIE
from tests.browser.furnished import Furnished

NOBODY = ""


@dataclass(frozen=True)
class Seen:
    """A page as somebody of the cast sees it; ids of the site stand in its path by what they mean."""

    who: str
    path: str
    status: int = 200

    def __str__(self) -> str:
        return f"{self.who or 'nobody'} {self.path}"


# A page that shows something else to another kind of person, or in another state, stands here once for each.
PAGES = (
    Seen(NOBODY, "/sign-in"),
    Seen(NOBODY, "/sign-in?next=/calls"),
    Seen(NOBODY, "/sign-in?left=1"),
    Seen(NOBODY, "/join/{join}"),
    Seen(NOBODY, "/join/{reset}"),
    Seen("bob", "/inbox"),
    Seen("alice", "/inbox"),
    Seen("dana", "/inbox"),
    Seen("kenji", "/inbox"),
    Seen("alice", "/queue"),
    Seen("alice", "/queue?which=mine"),
    Seen("charlie", "/queue"),
    Seen("bob", "/queue"),
    Seen("alice", "/queue?which=unassigned"),
    Seen("bob", "/queue?which=set_aside"),
    Seen("charlie", "/queue?which=set_aside"),
    Seen("bob", "/queue/assign"),
    Seen("charlie", "/queue/assign", 403),
    Seen("bob", "/queue/handover"),
    Seen("alice", "/reviews/{begun_review}/leave"),
    Seen("alice", "/reviews/{aside_review}"),
    Seen("bob", "/calls/{aside_call}"),
    Seen("alice", "/calls"),
    Seen("alice", "/calls?add=1"),
    Seen("bob", "/calls?state=failed"),
    Seen("bob", "/calls?words=nowhere"),
    Seen("dana", "/calls"),
    Seen("kenji", "/calls"),
    Seen("bob", "/calls/{call}"),
    Seen("alice", "/calls/{silent_call}"),
    Seen("alice", "/calls/{graded_call}"),
    Seen("bob", "/calls/{submitted_call}"),
    Seen("dana", "/calls/{submitted_call}"),
    Seen("bob", "/calls/{retracted_call}"),
    Seen("alice", "/calls/{failed_call}"),
    Seen("alice", "/calls/{waiting_call}"),
    Seen("bob", "/calls/{blind_call}"),
    Seen("alice", "/calls?q=grace"),
    Seen("bob", "/calls/{submitted_call}/sheet"),
    Seen("bob", "/calls/{call}/sheet?signatures=1"),
    Seen("bob", "/clips/{clip}"),
    Seen("dana", "/clips/{clip}"),
    Seen("bob", "/clips/{gone_clip}", 410),
    Seen("alice", "/calls/{call}/turns/1"),
    Seen("alice", "/rescoring"),
    Seen("alice", "/reviews/{review}"),
    Seen("alice", "/reviews/{silent_review}"),
    Seen("alice", "/reviews/{graded_review}"),
    Seen("alice", "/reviews/{begun_review}"),
    Seen("alice", "/reviews/{submitted_review}"),
    Seen("alice", "/reviews/{blind_review}"),
    Seen("bob", "/coaching?which=all"),
    Seen("dana", "/coaching"),
    Seen("kenji", "/coaching"),
    Seen("bob", "/coaching?which=drafts"),
    Seen("bob", "/coaching/{note}"),
    Seen("dana", "/coaching/{note}"),
    Seen("bob", "/coaching/{draft}/edit"),
    Seen("bob", "/coaching/new"),
    Seen("bob", "/coaching/new?occasion=spot"),
    Seen("bob", "/coaching/new?occasion=training&item=asks_name"),
    Seen("alice", "/coaching/new?call={submitted_call}&item=asks_name"),
    Seen("bob", "/coaching/templates"),
    Seen("alice", "/coaching/templates"),
    Seen("bob", "/coaching/templates/{template}"),
    Seen("bob", "/coaching/templates/new?like=hold"),
    Seen("bob", "/coaching/topics"),
    Seen("ada", "/coaching/topics?team={empty_team}"),
    Seen("bob", "/agents/{agent}"),
    Seen("dana", "/agents/{agent}"),
    Seen("charlie", "/agents/{agent}", 404),
    Seen("bob", "/disputes"),
    Seen("dana", "/disputes?which=decided"),
    Seen("charlie", "/disputes"),
    Seen("bob", "/disputes/{dispute}"),
    Seen("alice", "/disputes/{dispute}"),
    Seen("dana", "/disputes/{decided_dispute}"),
    Seen("dana", "/calls/{disputed_call}"),
    Seen("dana", "/calls/{resolved_call}"),
    Seen("bob", "/calls/{resolved_call}"),
    Seen("dana", "/calls/{own_first_call}"),
    Seen("dana", "/calls/{own_first_call}/self-score"),
    Seen("bob", "/calls/{unreleased_call}"),
    Seen("bob", "/releases"),
    Seen("alice", "/complaints"),
    Seen("alice", "/complaints?call={call}"),
    Seen("charlie", "/complaints"),
    Seen("bob", "/targets"),
    Seen("charlie", "/targets"),
    Seen("bob", "/targets/csat"),
    Seen("alice", "/targets/connect_rate"),
    Seen("ada", "/facts"),
    Seen("bob", "/facts"),
    Seen("ada", "/imports"),
    Seen("ada", "/imports/{import}"),
    Seen("ada", "/admin/webhooks"),
    Seen("ada", "/admin/webhooks/{webhook}"),
    Seen("bob", "/indicators"),
    Seen("bob", "/indicators/service_level"),
    Seen("charlie", "/indicators/csat"),
    Seen("bob", "/agents/{agent}/report"),
    Seen("dana", "/agents/{agent}/report"),
    Seen("bob", "/complaints/links"),
    Seen("charlie", "/complaints/links?base=people"),
    Seen("ada", "/teams"),
    Seen("bob", "/teams/{team}"),
    Seen("bob", "/teams/{team}?as_of=2026-10-01"),
    Seen("ada", "/teams/{empty_team}"),
    Seen("bob", "/items"),
    Seen("bob", "/items/asks_name"),
    Seen("ada", "/items/standard_greeting?which=people"),
    Seen("bob", "/sampling"),
    Seen("charlie", "/sampling"),
    Seen("bob", "/sampling/new"),
    Seen("ada", "/sampling/new?size=8&each=agent&strata=queue&first_day=2026-01-01"),
    Seen("bob", "/sampling/plans/{plan}"),
    Seen("alice", "/sampling/plans/{new_plan}"),
    Seen("bob", "/sampling/draws/{draw}"),
    Seen("alice", "/sampling/draws/{draw}?verify=true"),
    Seen("charlie", "/sampling/draws/{draw}", 404),
    Seen("ada", "/sampling/risk"),
    Seen("alice", "/sampling/risk"),
    Seen("bob", "/agreement"),
    Seen("alice", "/agreement"),
    Seen("charlie", "/agreement"),
    Seen("bob", "/agreement/calls/{twice}"),
    Seen("bob", "/agreement/calls/{settled}"),
    Seen("alice", "/agreement/calls/{twice}", 403),
    Seen("bob", "/calibrations"),
    Seen("charlie", "/calibrations"),
    Seen("bob", "/calibrations/new"),
    Seen("alice", "/calibrations/new", 403),
    Seen("alice", "/calibrations/{calibration}"),
    Seen("bob", "/calibrations/{calibration}"),
    Seen("alice", "/calibrations/{ended}"),
    Seen("bob", "/calibrations/{ended}"),
    Seen("bob", "/calibrations/{closed}"),
    Seen("charlie", "/calibrations/{closed}", 404),
    Seen("ada", "/scorecards"),
    Seen("dana", "/scorecards"),
    Seen("bob", "/scorecards/inbound-en"),
    Seen("dana", "/scorecards/inbound-en"),
    Seen("ada", "/scorecards/inbound-en/edit"),
    Seen("bob", "/scorecards/inbound-en/edit?call={call}"),
    Seen("bob", "/scorecards/inbound-en/edit/standard_greeting"),
    Seen("bob", "/scorecards/inbound-en/publish"),
    Seen("ada", "/scorecards/inbound-en/publish"),
    Seen("bob", "/scorecards/inbound-en/backtest"),
    Seen("bob", "/scorecards/inbound-en/backtest/{backtest}"),
    Seen("bob", "/scorecards/inbound-en/diff?old=inbound-en&new=graded"),
    Seen("ada", "/admin/jobs"),
    Seen("ada", "/admin/audit"),
    Seen("ada", "/admin/audit?by=nobody"),
    Seen("bob", "/admin/audit", 403),
    Seen("bob", "/agents/{agent}/performance"),
    Seen("dana", "/agents/{agent}/performance"),
    Seen("alice", "/agents/{agent}/performance", 403),
    Seen("bob", "/agents/{agent}/performance?month=2026-13", 422),
    Seen("bob", "/performance/weights"),
    Seen("ada", "/performance/weights?team={empty_team}"),
    Seen("ada", "/admin/users"),
    Seen("ada", "/admin/users?standing=no_password"),
    Seen("ada", "/admin/users?q=nobody-is-called-so"),
    Seen("ada", "/admin/users/{agent}"),
    Seen("ada", "/admin/users/{invited}"),
    Seen("ada", "/admin/teams"),
    Seen("ada", "/admin/mail"),
    Seen("ada", "/roster"),
    Seen("bob", "/roster"),
    Seen("ada", "/roster/{agent}"),
    Seen("ada", "/roster/{reviewer}"),
    Seen("ada", "/admin/keys"),
    Seen("alice", "/me"),
    Seen("dana", "/me"),
    Seen("alice", "/nowhere", 404),
    Seen("charlie", "/calls/{call}", 404),
    Seen("dana", "/admin/users", 403),
)

# Routes that a browser gets but that are no pages, each with what it answers instead; and the one page that only a
# site without people shows.
NOT_PAGES = {
    "/": "goes on to where the person's work begins",
    "/calls/states": "a part of a page",
    "/calls/{call_id}/audio": "sound",
    "/calls/{call_id}/peaks": "the waveform",
    "/calls/list.csv": "a file",
    "/uploads": "how far an upload has come",
    "/inbox/count": "a number",
    "/complaints/export.csv": "a file",
    "/complaints/export.xlsx": "a file",
    "/targets/missed": "a part of a page",
    "/targets/export.csv": "a file",
    "/facts/costs.csv": "a file",
    "/facts/{kind}/template.csv": "a file",
    "/imports/columns/{kind}.csv": "a file",
    "/imports/{import_id}/bad.csv": "a file",
    "/indicators.csv": "a file",
    "/indicators.xlsx": "a file",
    "/indicators/{indicator_id}.csv": "a file",
    "/indicators/{indicator_id}.xlsx": "a file",
    "/agents/{agent_id}/report.csv": "a file",
    "/agents/{agent_id}/report.xlsx": "a file",
    "/complaints/links.csv": "a file",
    "/complaints/links.xlsx": "a file",
    "/teams/{team_id}/report.csv": "a file",
    "/teams/{team_id}/report.xlsx": "a file",
    "/items/{item_id}/report.csv": "a file",
    "/items/{item_id}/report.xlsx": "a file",
    "/admin/audit/export.csv": "a file",
    "/sampling/draws/{draw_id}/calls.csv": "a file",
    "/roster.csv": "a file",
    "/scorecards/{name}/draft.yaml": "a file",
    "/scorecards/{name}/scorecard.yaml": "a file",
    "/scorecards/{name}/scorecard.xlsx": "a file",
    "/sign-in/provider": "goes on to the identity provider",
    "/sign-in/provider/back": "goes on to where one wanted to go, or is the page to sign in",
    "/sign-in/provider/end": "goes on to the identity provider",
    "/set-up": "looked at on a site without people",
}


@contextmanager
def shown(
    browser: Browser, furnished: Furnished, seen: Seen, *, faults: list[str] | None = None, **looks: Any
) -> Iterator[Page]:
    """The page in a browser of that person's, loaded; what its console complains of goes to `faults`."""
    url = furnished.site.url
    with browser.new_context(**{"base_url": url, "reduced_motion": "reduce", **looks}) as context:
        if seen.who:
            token = furnished.site.token(furnished.person(seen.who))
            context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
        page = context.new_page()
        if faults is not None:
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        answer = page.goto(furnished.address(seen.path))
        assert answer is not None
        assert answer.status == seen.status, seen
        assert page.url == url + furnished.address(seen.path), "another page was shown"
        yield page
