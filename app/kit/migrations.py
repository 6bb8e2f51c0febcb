"""Brings a database to the form this version of the product needs."""

from alembic import command
from alembic.config import Config

from app.kit.shipped import shipped


def alembic_config(url: str) -> Config:
    """Alembic's settings for a database; the migrations come with the product."""
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def upgrade(url: str) -> None:
    """Create what is missing, change what is old; a database that is up to date is left as it is."""
    command.upgrade(alembic_config(url), "head")
