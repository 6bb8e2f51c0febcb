"""The command line: one file per group of commands."""

from app.cli.commands import run

__all__ = ["run"]
