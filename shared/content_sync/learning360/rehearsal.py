"""The platform of a plan: it is read like the real one, and nothing is ever written to it."""

from typing import Any

from content_sync.learning360.api import Learning360Api
from content_sync.learning360.items import Item
from content_sync.web.answers import Answer


class RehearsedPlatform(Learning360Api):
    """A platform whose writes all succeed and do nothing."""

    def create_tag(self, name: str) -> Item:
        """Return the tag that would be made, under its name as its id."""
        return {"_id": name, "name": name}

    def restore_external_course(
        self, integration_id: str, external_id: str, course_id: str
    ) -> None:
        """Do nothing: there may be no id yet to do it by."""

    def _write(self, method: str, path: str, **more: Any) -> Answer:
        return Answer(200, {}, {})
