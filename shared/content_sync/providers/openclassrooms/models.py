"""OpenClassrooms' own objects, under its API's names, and the keys of its secret."""

from typing import Any

from content_sync.settings import HttpsUrl, IntegrationSettings, SecretWord, Word
from content_sync.fields.reading import Raw

# Assumed: what a B2B client is granted is not public (`reference/openclassrooms.md`, section 1).
DEFAULT_SCOPE = "learning_content organization user_email user_learning_activity"


class OpenClassroomsSettings(IntegrationSettings):
    """`<prefix>/integrations/openclassrooms/<integration>`."""

    client_id: SecretWord
    client_secret: SecretWord
    organization_id: Word
    api_url: HttpsUrl = "https://api.openclassrooms.com"
    scope: Word = DEFAULT_SCOPE


class CourseDetail(Raw):
    """A course of `GET /courses`."""

    id: Any = None
    title: Any = None
    description: Any = None
    shortDescription: Any = None
    status: Any = None
    language: Any = None
    difficulty: Any = None
    duration: Any = None
    OpenClassroomsUrl: Any = None
    illustration: Any = None
    updatedAt: Any = None
    category: Any = None  # {"name"}
    authors: Any = None  # [{"displayName"}]
    creatorPartners: Any = None  # [{"name", "logo"}]


class FollowedCourse(Raw):
    """A course of `GET /users/{userId}/followed-courses/`, joined with its learner's address."""

    id: Any = None
    duration: Any = None
    courseFollowedAt: Any = None
    lastCourseActivityDate: Any = None
    userCourseCompletionRate: Any = None
    userIsCertified: Any = None
    email: Any = None
