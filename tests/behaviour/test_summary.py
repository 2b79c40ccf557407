"""The daily summary: what the last day was, and who is told."""

import json
import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError, EndpointConnectionError

from content_sync.aws import notices
from content_sync.errors import AwsUnavailable, InvalidSettings
from tests.helpers import GO1, at_home, known
from tests.house import House

STRANGER = "stranger@example.com"


def summarize(house: House, **more: Any) -> Any:
    return house.call("integrations", {"action": "summarize", **more})


@pytest.fixture(name="heard")
def _heard(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A topic, and a queue that hears of all that is published to it."""
    del house
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    monkeypatch.setenv("TOPIC_ARNS", topic)

    def messages() -> list[dict[str, str]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    return messages


def a_day(house: House) -> list[dict[str, Any]]:
    """Twenty courses came, one learner is known and one is not; yesterday nothing else did."""
    courses = at_home(house, 20)
    known(house, "learner@example.com")
    rows = [GO1.row(mail, GO1.external_id(1)) for mail in ("learner@example.com", STRANGER)]
    GO1.put_rows(house.sandbox, rows)
    house.run("go1", "catalog")
    house.run("go1", "stats")
    return courses


def test_it_counts_what_came_changed_and_left(house: House) -> None:
    courses = a_day(house)
    courses[0]["title"] = "Another title"
    GO1.put(house.sandbox, courses[:17])
    house.run("go1", "catalog", mode="plan")
    house.run("go1", "catalog")
    answer = summarize(house)
    (told,) = answer["integrations"]
    assert told["courses"] == {"came": 20, "changed": 1, "left": 3}
    assert (told["progress_sent"], told["learners_not_found"]) == (1, 1)
    assert told["attention"] == []
    assert answer["sent"] is False
    assert answer["subject"] == "content-sync: 1 integrations, all is well"
    assert "go1/default into Content: 20 courses came, 1 changed, 3 left" in answer["text"]
    assert "1 learners are not found at 360Learning: content-sync parked" in answer["text"]
    assert STRANGER not in json.dumps(answer)


def test_only_of_the_last_day(house: House) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=30), tick=True):
        a_day(house)
    house.run("go1", "catalog")
    (told,) = summarize(house)["integrations"]
    assert told["courses"] == {"came": 0, "changed": 0, "left": 0}


def test_only_learners_whom_nobody_knows_are_not_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day(house)
    (waiting,) = house.manage("parked", "go1")["rows"]
    reasons = [
        waiting["reason"],
        "360Learning: No attempt can be created or updated",
        "360Learning: Content not found",
        "it waits for the attempt before it",
    ]
    rows = [
        SimpleNamespace(reason=reason, statistic=SimpleNamespace(learnerMail=f"{number}@x"))
        for number, reason in enumerate(reasons)
    ]
    monkeypatch.setattr("content_sync.lifecycle.summarize.parked_rows", lambda *_: iter(rows))
    (told,) = summarize(house)["integrations"]
    assert told["learners_not_found"] == 1


def test_a_run_that_goes_on_is_counted_when_it_has_ended(house: House) -> None:
    at_home(house, 130)
    house.sandbox.learning360.operation_seconds = 30
    assert house.call("go1_catalog", {"integration": "default"}, seconds=1)["status"] == "continued"
    (told,) = summarize(house)["integrations"]
    assert told["courses"]["came"] == 0


def test_what_is_to_be_decided_stands_first_with_its_command(house: House) -> None:
    house.settle_in("edflex")
    courses = a_day(house)
    GO1.put(house.sandbox, courses[:5])
    house.run("go1", "catalog")
    answer = summarize(house)
    assert answer["subject"] == "content-sync: 2 integrations, 1 with something to decide"
    first = answer["text"].splitlines()[0]
    assert first.startswith("go1/default")
    assert "content-sync sync go1/default --kind catalog --allow-archives 15" in answer["text"]


def test_inactive_ones_are_left_out(house: House) -> None:
    at_home(house, 1)
    house.manage("deactivate", "go1")
    answer = summarize(house)
    assert answer["integrations"] == []
    assert "content-sync setup" in answer["text"]


def test_it_is_sent_to_the_topic(house: House, heard: Any) -> None:
    a_day(house)
    assert summarize(house, mode="plan")["sent"] is False
    assert heard() == []
    answer = summarize(house, mode="apply")
    assert answer["sent"] is True
    (message,) = heard()
    assert (message["Subject"], message["Message"]) == (answer["subject"], answer["text"])


def test_of_many_only_the_first_are_told_one_by_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.lifecycle.summarize.MOST_TOLD", 1)
    house.settle_in("edflex")
    house.settle_in("go1")
    answer = summarize(house)
    assert answer["text"].rstrip().endswith("1 more: content-sync status")
    assert len(answer["integrations"]) == 2


def test_a_long_one_is_cut_where_sns_would_refuse_it(heard: Any) -> None:
    notices.publish_notice(os.environ["TOPIC_ARNS"], "s" * 300, "é" * 200_000)
    (message,) = heard()
    assert len(message["Subject"]) == 100
    assert len(message["Message"].encode()) == notices.LONGEST_TEXT


def test_without_a_topic_it_says_who_would_hear(house: House) -> None:
    with pytest.raises(InvalidSettings, match="AlarmEmail or AlarmTopicArn"):
        summarize(house, mode="apply")


def test_a_topic_that_is_gone_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_ARNS", "arn:aws:sns:eu-west-3:123456789012:gone")
    with pytest.raises(InvalidSettings, match="correct AlarmTopicArn"):
        summarize(house, mode="apply")


def test_a_topic_s_key_that_may_not_be_used_is_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sns:
        def publish(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "KMSAccessDenied"}}, "Publish")

    monkeypatch.setenv("TOPIC_ARNS", "arn:aws:sns:eu-west-3:123456789012:alarms")
    monkeypatch.setattr(notices, "client", lambda _: Sns())
    with pytest.raises(InvalidSettings, match="use the topic's key"):
        summarize(house, mode="apply")


def test_a_passing_fault_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sns:
        def publish(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://example.com")

    monkeypatch.setenv("TOPIC_ARNS", "arn:aws:sns:eu-west-3:123456789012:alarms")
    monkeypatch.setattr(notices, "client", lambda _: Sns())
    with pytest.raises(AwsUnavailable, match="try again later"):
        summarize(house, mode="apply")
