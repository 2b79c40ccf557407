"""OpenClassrooms' own objects, under its API's names, and the keys of its secret."""

from pydantic import Field

from content_sync.fields import (
    Duration,
    Flag,
    HttpsUrl,
    Id,
    Instant,
    Many,
    Number,
    Raw,
    Text,
)
from content_sync.settings import IntegrationSettings, SecretWord, ServiceUrl, Word

# What a B2B client is granted is not public: the wide one is asked for first, and the narrow one,
# which alone the vendor's specification names for this login, where that is refused.
WIDE_SCOPE = "learning_content organization user_email user_learning_activity"
NARROW_SCOPE = "learning_content"


class OpenClassroomsSettings(IntegrationSettings):
    """`<prefix>/integrations/openclassrooms/<integration>`."""

    client_id: SecretWord = Field(description="the client id of the API credentials")
    client_secret: SecretWord = Field(description="their secret")
    organization_id: Word = Field(description="your organization's id")
    api_url: ServiceUrl = Field("https://api.openclassrooms.com", description="the API's address")
    scope: Word | None = Field(
        None,
        description=(
            "the scopes of the login; else `learning_content organization user_email "
            "user_learning_activity`, and where those are refused `learning_content` alone: "
            "`check` says so"
        ),
    )


class Named(Raw):
    """A category, an author or a partner."""

    name: Text = None
    displayName: Text = None
    logo: HttpsUrl = None


class CourseDetail(Raw):
    """A course of `GET /courses`."""

    id: Id = None
    title: Text = None
    description: Text = None
    shortDescription: Text = None
    status: Text = None
    language: Text = None
    difficulty: Text = None
    duration: Duration = None
    OpenClassroomsUrl: Text = None
    illustration: HttpsUrl = None
    updatedAt: Instant = None
    category: Named = Named()
    authors: Many[Named] = ()
    creatorPartners: Many[Named] = ()


class FollowedCourse(Raw):
    """A course of `GET /users/{userId}/followed-courses/`, joined with its learner's address."""

    id: Id = None
    duration: Duration = None
    courseFollowedAt: Instant = None
    lastCourseActivityDate: Instant = None
    userCourseCompletionRate: Number = None
    userIsCertified: Flag = None
    email: Text = None
