"""Telling people something: a message to an SNS topic."""

from botocore.exceptions import BotoCoreError, ClientError

from content_sync.aws.clients import client, error_code_of
from content_sync.errors import AwsUnavailable, InvalidSettings

# SNS takes a subject of 100 characters at most, and a message of 256 KB.
LONGEST_SUBJECT = 100
LONGEST_TEXT = 200_000
MENDED_BY_OPERATORS = {"AuthorizationError", "InvalidParameter", "NotFound"}
# Of a topic under a key of one's own, such as KMSAccessDenied.
OF_THE_KEY = "KMS"


def publish_notice(topic: str, subject: str, text: str) -> None:
    """Send a message to whoever subscribed to a topic.

    Args:
        topic: Its ARN.
        subject: One line; what is too long is cut.
        text: As long as a message may be; what is too long is cut.

    Raises:
        InvalidSettings: There is no such topic, or this function's role may not publish to it.
        AwsUnavailable: SNS takes no message for now.
    """
    kept = text.encode()[:LONGEST_TEXT].decode(errors="ignore")
    try:
        client("sns").publish(TopicArn=topic, Subject=subject[:LONGEST_SUBJECT], Message=kept)
    except (ClientError, BotoCoreError) as error:
        code = error_code_of(error) or type(error).__name__
        if code in MENDED_BY_OPERATORS or code.startswith(OF_THE_KEY):
            raise InvalidSettings(
                f"nothing can be published to {topic} ({code}): correct AlarmTopicArn, or let this "
                "function's role publish there, and use the topic's key if it has one"
            ) from None
        raise AwsUnavailable(f"SNS takes no message now ({code}): try again later") from None
