"""Whatever comes: a value or a sentence; and what is sent always keeps to the specification."""

import contextlib
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from content_sync.domain.course import Course
from content_sync.domain.standing import Dispatch, decide
from content_sync.domain.statistic import Statistic
from content_sync.errors import InvalidEvent, InvalidSettings, UnknownCursor
from content_sync.learning360.items import (
    Item,
    course_item,
    encoded,
    identity,
    standing_of,
    statistic_item,
)
from content_sync.providers.base import Provider
from content_sync.providers.registry import PROVIDERS
from content_sync.request import parse_integrations_event, parse_sync_event
from content_sync.settings import PlatformSettings, parse_secret
from content_sync.state.cursors import CatalogCursor, CursorStore, ReconcileCursor, StatisticsCursor
from content_sync.sync.parcels import outcome_of
from content_sync.web.answers import NO_JSON, answer_of, error_code, retry_after
from tests.contract.test_contract import CONTRACT, schema
from tests.fuzz.schemas import answers
from tests.providers.test_any_json import JSON, shaped_like

COURSES = "/api/v2/bulk/integrations/{integrationId}/courses"
STATISTICS = "/api/v2/bulk/integrations/{integrationId}/stats"
# A model of each provider's own and the vendor's schema for it, where there is one.
PUBLISHED = {
    "openclassrooms course": ("openclassrooms", "course"),
    "openclassrooms followed": ("openclassrooms", "statistic"),
    "openclassrooms users": ("openclassrooms", "statistic"),
    "go1 learning object": ("go1", "course"),
    "go1 enrollment": ("go1", "statistic"),
}


def must_be_admitted(path: str, method: str, item: Item) -> None:
    """Validate an item of a bulk operation, as it goes out, against the specification."""
    body = CONTRACT["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate(json.loads(encoded({"input": [item]})), schema(body))


def must_be_sound(provider: Provider, kind: str, raw: Any) -> None:
    """Judge a raw object; what would be sent of it must be admitted."""
    if kind == "course":
        course = provider.judge_course(provider.course.read(raw))
        if isinstance(course, Course):
            item = course_item(course, provider_name="X", default_language="en")
            assert "<script" not in str(item.get("description", ""))
            must_be_admitted(COURSES, "put", item)
        return
    statistic = provider.judge_statistic(provider.statistic.read(raw))
    if isinstance(statistic, Statistic):
        must_be_admitted(STATISTICS, "post", statistic_item(statistic))


@pytest.mark.parametrize("kind", ["course", "statistic"])
@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)
def test_what_is_sent_keeps_to_the_specification(provider: Provider, kind: str) -> None:
    @given(shaped_like(getattr(provider, kind)))
    def sound(raw: Any) -> None:
        must_be_sound(provider, kind, raw)

    sound()


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_vendors_publish_is_judged(name: str) -> None:
    provider, kind = PUBLISHED[name]

    @given(answers(name))
    def sound(answer: Any) -> None:
        for raw in answer if isinstance(answer, list) else [answer]:
            must_be_sound(PROVIDERS[provider], kind, raw)

    sound()


@given(answers("360learning attempts"), st.integers(1, 2 * 10**12), st.integers(0, 99))
def test_whatever_stands_at_360learning_is_met(rows: Any, first: int, progress: int) -> None:
    assume(isinstance(rows, list))
    standing = [one for row in rows if isinstance(row, dict) and (one := standing_of(row))]
    attempt = Statistic("c", "a@example.com", progress, first, first + 1000)
    decided = decide(attempt, first, standing, insists=False)
    assert decided is None or isinstance(decided, Dispatch)
    if decided is not None:
        must_be_admitted(STATISTICS, "post", statistic_item(attempt, decided))


@given(answers("360learning results"))
def test_any_result_of_an_item_is_an_outcome(results: Any) -> None:
    for result in results if isinstance(results, list) else ():
        if isinstance(result, dict):
            outcome = outcome_of(result, None, "missing")
            assert outcome.accepted or outcome.refusal
            item = result.get("item")
            assert isinstance(identity(item if isinstance(item, dict) else {}), str)


@pytest.mark.parametrize("model", [CatalogCursor, StatisticsCursor, ReconcileCursor])
def test_any_cursor_is_gone_on_with_or_unknown(model: Any) -> None:
    class Stored:
        content: Any = None

        def get(self, pk: str, sk: str) -> Any:
            return self.content if sk == "cursor#x" else None

    table = Stored()
    names = st.sampled_from((*model.model_fields, "packed_as"))

    @given(st.dictionaries(names, JSON) | JSON)
    def read(content: Any) -> None:
        table.content = content
        store = CursorStore(table, "pk", "x", model)  # type: ignore[arg-type]
        try:
            cursor = store.read()
        except UnknownCursor:
            return
        assert cursor is None or isinstance(cursor, model)

    read()


@given(
    st.dictionaries(
        st.sampled_from(
            ("integration", "mode", "full", "allow_archives", "since", "until", "run_id", "action",
             "provider", "page", "course", "learner", "kind", "x")
        ),
        JSON | st.sampled_from(("plan", "apply", "default", "report", "go1", "2026-01-01T00:00Z")),
    )
    | JSON
)  # fmt: skip
def test_any_event_is_a_request_or_a_sentence(event: Any) -> None:
    for parse in (
        lambda: parse_sync_event("catalog", event),
        lambda: parse_sync_event("stats", event),
        lambda: parse_integrations_event(event),
    ):
        with contextlib.suppress(InvalidEvent):
            parse()


@pytest.mark.parametrize(
    "model",
    [PlatformSettings, *(provider.settings for provider in PROVIDERS.values())],
    ids=lambda model: model.__name__,
)
def test_any_secret_is_settings_or_a_sentence_without_a_value(model: Any) -> None:
    told: list[str] = []

    @given(st.dictionaries(st.sampled_from((*model.model_fields, "x")), JSON | st.just("precious")))
    def read(content: Any) -> None:
        try:
            parse_secret("s", content, model)
        except InvalidSettings as error:
            told.append(str(error))

    read()
    assert told
    assert not any("precious" in sentence for sentence in told)


# With halves of surrogate pairs, which are no characters.
ODD_TEXT = st.text(st.characters(categories=("Cs", "L", "N", "S")), min_size=1)
ODD_JSON = JSON | st.dictionaries(ODD_TEXT, ODD_TEXT | st.lists(ODD_TEXT), max_size=3)


@given(
    st.binary()
    | ODD_JSON.map(lambda value: json.dumps(value).encode())
    | st.tuples(ODD_JSON, st.sampled_from(("utf-8", "utf-16", "utf-32-be"))).map(
        lambda drawn: json.dumps(drawn[0], ensure_ascii=False).encode(drawn[1], "surrogatepass")
    )
)
def test_any_bytes_are_an_answer(content: bytes) -> None:
    answer = answer_of(200, {}, content)
    assert isinstance(error_code(answer.body), str)
    if answer.body is not NO_JSON:
        assert encoded(answer.body)
        json.dumps(answer.body, ensure_ascii=False).encode()


@given(st.text() | st.from_regex(r"[0-9]{1,30}(\.[0-9]*)?|[A-Z][a-z]{2}, [0-9]{2} .*"))
def test_any_retry_after_is_a_wait_or_none(value: str) -> None:
    wait = retry_after({"Retry-After": value})
    assert wait is None or wait >= 0
