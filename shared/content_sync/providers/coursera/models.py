"""Coursera's own objects, under its API's names, and the keys of its secret."""

from typing import Any

from content_sync.settings import HttpsUrl, IntegrationSettings, SecretWord, Word
from content_sync.fields.reading import Raw


class CourseraSettings(IntegrationSettings):
    """`<prefix>/integrations/coursera/<integration>`.

    With a refresh token it is the first generation of access, without one the newer.
    """

    org_id: Word
    client_id: SecretWord
    client_secret: SecretWord
    refresh_token: SecretWord | None = None
    api_url: HttpsUrl | None = None
    token_url: HttpsUrl | None = None

    @property
    def contents_base(self) -> str:
        """The address to which `/{org_id}/contents` is appended."""
        if self.api_url is not None:
            return self.api_url
        if self.refresh_token is not None:
            return "https://api.coursera.org/api/businesses.v1"
        return "https://api.coursera.com/ent/api/businesses.v1"

    @property
    def login_url(self) -> str:
        """Where access tokens come from."""
        if self.token_url is not None:
            return self.token_url
        if self.refresh_token is not None:
            return "https://accounts.coursera.org/oauth2/v1/token"
        return "https://api.coursera.com/oauth2/client_credentials/token"


class Content(Raw):
    """An element of `contents`."""

    contentId: Any = None
    contentType: Any = None
    name: Any = None
    description: Any = None
    languageCode: Any = None
    difficultyLevel: Any = None
    lastUpdatedAt: Any = None  # epoch seconds
    instructors: Any = None  # [{"name"}]
    partners: Any = None  # [{"name", "logoUrl"}]
    programs: Any = None  # [{"contentUrl"}]
    extraMetadata: Any = None  # {"definition": {...}}


class EnrollmentReport(Raw):
    """An element of `enrollmentReports`; instants are epoch milliseconds."""

    contentId: Any = None
    email: Any = None
    externalId: Any = None
    isCompleted: Any = None
    completedAt: Any = None
    overallProgress: Any = None
    approxTotalCourseHrs: Any = None
    approxTotalLearningHours: Any = None
    enrolledAt: Any = None
    lastActivityAt: Any = None
    lastActivity: Any = None
