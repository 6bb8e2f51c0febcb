"""The HTML door: one file per group of pages, each page's typed context beside its route."""

from app.web import accounts, calls, coaching, complaints, keys, mending, people, queue, rescoring, reviews, teams

ROUTERS = (
    accounts.router,
    calls.router,
    mending.router,
    rescoring.router,
    queue.router,
    reviews.router,
    coaching.router,
    complaints.router,
    teams.router,
    people.router,
    keys.router,
)
