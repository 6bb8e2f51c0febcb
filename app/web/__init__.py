"""The HTML door: one file per group of pages, each page's typed context beside its route."""

from app.web import accounts

ROUTERS = (accounts.router,)
