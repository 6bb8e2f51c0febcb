"""Which agent is heard when, in a call that several of them handled."""

from dataclasses import dataclass

from sqlmodel import Session

from app.accounts import queries as accounts
from app.calls import queries as calls
from app.calls.models import Call
from app.kit.db import id_of
from app.kit.i18n import Translator


@dataclass(frozen=True)
class AgentsHeard:
    """The call's own agent by name, and the parts (in seconds) of others; without parts nobody needs a name."""

    own: str = ""
    parts: tuple[tuple[float, float, str], ...] = ()

    def at(self, second: float | None) -> str:
        """Who of the agents speaks at this moment; empty where there is only one, or no moment."""
        if not self.parts or second is None:
            return ""
        return next((name for start, end, name in self.parts if start <= second < end), self.own)


def agents_heard(session: Session, call: Call, words: Translator) -> AgentsHeard:
    """The agents of a call, and when each of them speaks."""
    parts = calls.segments(session, id_of(call))
    if not parts:
        return AgentsHeard()
    names = accounts.names(session, {one.agent_id for one in parts} | {call.agent_id or 0})
    own = names.get(call.agent_id or 0) or words.gettext("Unknown agent")
    return AgentsHeard(own, tuple((one.start, one.end, names.get(one.agent_id, "")) for one in parts))
