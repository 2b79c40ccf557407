"""Coursera's own objects, under its API's names, and the keys of its secret."""

from pydantic import Field

from content_sync.fields import Flag, HttpsUrl, Id, Instant, Many, Number, Raw, Text
from content_sync.settings import IntegrationSettings, SecretWord, ServiceUrl, Word


class CourseraSettings(IntegrationSettings):
    """`<prefix>/integrations/coursera/<integration>`.

    With a refresh token it is the first generation of access, without one the newer.
    """

    org_id: Word = Field(description="the organization's id")
    client_id: SecretWord = Field(description="the app's client id")
    client_secret: SecretWord = Field(description="its secret")
    refresh_token: SecretWord | None = Field(
        None, description="of the first generation of access; the newer one has none"
    )
    api_url: ServiceUrl | None = Field(
        None,
        description=(
            "the address to which `/<org_id>/contents` is appended; else, with a refresh token, "
            "https://api.coursera.org/api/businesses.v1, and without one "
            "https://api.coursera.com/ent/api/businesses.v1"
        ),
    )
    token_url: ServiceUrl | None = Field(
        None,
        description=(
            "where access tokens come from; else, with a refresh token, "
            "https://accounts.coursera.org/oauth2/v1/token, and without one "
            "https://api.coursera.com/oauth2/client_credentials/token"
        ),
    )

    @property
    def contents_base(self) -> str:
        """Return the address to which `/{org_id}/contents` is appended."""
        if self.api_url is not None:
            return self.api_url
        if self.refresh_token is not None:
            return "https://api.coursera.org/api/businesses.v1"
        return "https://api.coursera.com/ent/api/businesses.v1"

    @property
    def login_url(self) -> str:
        """Return where access tokens come from."""
        if self.token_url is not None:
            return self.token_url
        if self.refresh_token is not None:
            return "https://accounts.coursera.org/oauth2/v1/token"
        return "https://api.coursera.com/oauth2/client_credentials/token"


class Named(Raw):
    """An instructor, a partner, a domain or a subdomain."""

    name: Text = None
    logoUrl: HttpsUrl = None


class Program(Raw):
    """One of the organization's programs that hold a content."""

    contentUrl: Text = None


class DomainTypes(Raw):
    """Where a content belongs."""

    domain: Named = Named()
    subdomain: Named = Named()


class Definition(Raw):
    """What depends on the content's type."""

    estimatedLearningTime: Number = None  # seconds
    promoPhoto: HttpsUrl = None
    domainTypes: Many[DomainTypes] = ()


class ExtraMetadata(Raw):
    """The envelope of a definition."""

    definition: Definition = Definition()


class Content(Raw):
    """An element of `contents`."""

    contentId: Id = None
    contentType: Text = None
    name: Text = None
    description: Text = None
    languageCode: Text = None
    difficultyLevel: Text = None
    lastUpdatedAt: Instant = None  # epoch seconds
    instructors: Many[Named] = ()
    partners: Many[Named] = ()
    programs: Many[Program] = ()
    extraMetadata: ExtraMetadata = ExtraMetadata()


class EnrollmentReport(Raw):
    """An element of `enrollmentReports`; instants are epoch milliseconds."""

    contentId: Id = None
    email: Text = None
    externalId: Text = None
    isCompleted: Flag = None
    completedAt: Instant = None
    overallProgress: Number = None
    approxTotalCourseHrs: Number = None
    approxTotalLearningHours: Number = None
    enrolledAt: Instant = None
    lastActivityAt: Instant = None
    lastActivity: Instant = None
