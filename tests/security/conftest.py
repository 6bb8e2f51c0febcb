"""What attacks are tried on: the same applications that the tests of both doors use."""

from tests.api.conftest import api, app, settings
from tests.web.conftest import web, web_everywhere

__all__ = ["api", "app", "settings", "web", "web_everywhere"]
