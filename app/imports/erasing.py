"""Empties what is kept of files and lists that may name a customer: how they are called, and why they were refused."""

from sqlmodel import Session

from app.accounts import kept_answers
from app.imports import queries
from app.imports.models import TakenFile


def erase_file(session: Session, file_id: int) -> None:
    """Leave of a refused file that there was one, and the hash by which it is known again."""
    found = session.get(TakenFile, file_id)
    if found is not None:
        found.path, found.fault = "", found.fault_code
        session.add(found)
        session.flush()


def erase_list(session: Session, list_id: int) -> None:
    """Leave of a list how many rows it had, and what became of them."""
    found = queries.lock(session, list_id)
    if found is not None:
        found.file_name, found.bad_rows = "", []
        found.error_message = None if found.error_code is None else found.error_code
        session.add(found)
        kept_answers.forget_about(session, f"/api/v1/imports/{list_id}")
        session.flush()
