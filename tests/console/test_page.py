"""The pages, over the whole house: what each shows, and that it shows no more."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from console.page.app import create_app
from console.reports import csv_lines
from console.stack import ConsoleError
from tests.console.conftest import stack_of
from tests.console.scene import HOSTILE, STRANGER, Scene
from tests.house import House

TOKEN, PORT = "the-token", 8360
HOST = f"127.0.0.1:{PORT}"
GO1_PAGE = "/go1/default"


class Browser(FlaskClient):
    """What says from where it comes, as browsers do."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return super().open(*args, **{"base_url": f"http://{HOST}", **kwargs})


def stranger_of(house: House) -> FlaskClient:
    """A browser that has not entered."""
    app = create_app(stack_of(house), TOKEN, PORT)
    app.test_client_class = Browser
    return app.test_client()


def client_of(house: House) -> FlaskClient:
    """A browser that has entered."""
    client = stranger_of(house)
    client.environ_base["HTTP_ORIGIN"] = f"http://{HOST}"
    assert client.get(f"/?token={TOKEN}").status_code == 302
    return client


@pytest.fixture(name="client")
def _client(month: Scene) -> FlaskClient:
    return client_of(month.house)


def text_of(client: FlaskClient, path: str, **form: str) -> str:
    """What a page says, without its tags."""
    answer = client.post(path, data=form) if form else client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def latest(house: House, kind: str) -> dict[str, Any]:
    (first, *_) = house.manage("runs", "go1", kind=kind)["runs"]
    return dict(first)


def test_the_overview_has_a_card_for_each_and_says_who_calls(client: FlaskClient) -> None:
    said = text_of(client, "/")
    assert "2 integrations; 1 calls for you" in said
    # Who calls stands first.
    assert said.index("go1/default") < said.index("edflex/default")
    assert "into Content" in said
    assert re.search(r"Courses, next run \w{3} 07:40 \+0[12]", said)
    assert re.search(r"See the \d+ withheld archives", said)
    # The sentence of the brake, without the commands that it names: here is a button.
    assert re.search(r"more than the 5 that need no consent\.", said)
    assert "--allow-archives" not in said


def test_an_integration_shows_how_it_stands(client: FlaskClient, month: Scene) -> None:
    said = text_of(client, GO1_PAGE)
    counts = month.house.manage("list", "go1")["integrations"][0]["courses"]
    assert f"{counts['active']} courses, {counts['archived']} archived" in said
    assert "missing_title 1 a course that lacks what 360Learning requires. To do: mend it" in said
    assert "brake 1" in said
    # Grouped by reason, whoever the learner is.
    assert re.search(r"360Learning: User \(address\) not found 1 1 0 1 0 0", said)
    created = sum(
        run["counts"]["created"]
        for run in month.house.manage("runs", "go1", kind="catalog")["runs"]
    )
    assert f"{created} created" in said


def test_a_chart_is_a_picture_that_holds_no_script(client: FlaskClient) -> None:
    for kind in ("catalog", "stats"):
        answer = client.get(f"{GO1_PAGE}/{kind}.svg")
        assert answer.mimetype == "image/svg+xml"
        assert "<script" not in answer.text
        assert "created" in answer.text or "sent" in answer.text
    assert client.get(f"{GO1_PAGE}/other.svg").status_code == 404


def test_all_runs_stand_on_pages(client: FlaskClient, month: Scene) -> None:
    assert text_of(client, f"{GO1_PAGE}/runs").count("succeeded") == 2 * month.days
    assert "None on this page" in text_of(client, f"{GO1_PAGE}/runs?page=7")


def test_a_run_lists_what_it_named_and_is_searched(client: FlaskClient, month: Scene) -> None:
    run = latest(month.house, "catalog")
    path = f"{GO1_PAGE}/runs/catalog/{run['run_id']}"
    withheld = run["counts"]["withheld"]
    assert f"{withheld} lines" in text_of(client, f"{path}?what=withheld")
    assert "1 line." in text_of(client, f"{path}?text=MISSING_TITLE")
    assert "0 lines" in text_of(client, f"{path}?text=nowhere")


def test_a_csv_has_all_of_it(client: FlaskClient, month: Scene) -> None:
    run = latest(month.house, "catalog")
    answer = client.get(f"{GO1_PAGE}/runs/catalog/{run['run_id']}.csv")
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    named = run["counts"]["withheld"] + sum(run["reasons"].values())
    assert len(rows) == named
    assert {row["what"] for row in rows} == {"withheld", "problem"}


def test_waiting_rows_are_masked(client: FlaskClient) -> None:
    said = text_of(client, f"{GO1_PAGE}/parked")
    assert "n***@example.com" in said
    assert STRANGER not in said


def test_a_course_is_explained(client: FlaskClient, month: Scene) -> None:
    gone = str(month.courses[-1]["id"])
    said = text_of(client, f"{GO1_PAGE}/explain?course={gone}")
    assert "the last run withheld its archiving (brake)" in said
    assert "What stands at 360Learning" in said


def test_a_learner_is_explained_and_stands_in_no_address(client: FlaskClient) -> None:
    said = text_of(client, f"{GO1_PAGE}/explain", learner=STRANGER)
    assert "360Learning knows no user of this address" in said
    assert "parked" in said
    assert STRANGER not in said
    # Only a form asks, which leaves nothing in a browser's history.
    assert client.get(f"{GO1_PAGE}/explain?learner={STRANGER}").status_code == 400


def test_a_learner_on_a_course_is_explained(client: FlaskClient, month: Scene) -> None:
    row = next(one for one in month.rows if one["user_id"] != STRANGER)
    said = text_of(client, f"{GO1_PAGE}/explain", learner=row["user_id"], course=str(row["lo_id"]))
    assert "360Learning shows 100 %, as Go1 says" in said
    assert "What 360Learning shows progress 100" in said


PAGES = ("/", GO1_PAGE, f"{GO1_PAGE}/runs", f"{GO1_PAGE}/parked", f"{GO1_PAGE}/consent")


def test_pages_escape_and_hold_no_secret(client: FlaskClient, month: Scene) -> None:
    run = latest(month.house, "catalog")
    pages = [
        *PAGES,
        f"{GO1_PAGE}/runs/catalog/{run['run_id']}",
        f"{GO1_PAGE}/explain?course={month.courses[0]['id']}",
    ]
    texts = [client.get(page).text for page in pages]
    whole = "\n".join(texts)
    assert HOSTILE not in whole
    assert "&lt;script&gt;" in whole
    sandbox = month.house.sandbox
    secrets = {
        value
        for content in (
            sandbox.platform_secret(),
            sandbox.provider_secret("go1", group_id="g", author_id="a"),
        )
        for key, value in content.items()
        if "secret" in key
    }
    assert secrets
    assert not [one for one in secrets if one in whole]
    assert TOKEN not in whole
    assert "<script" not in whole
    # Neither a style nor a handler of its own: the policy would refuse both.
    assert not re.search(r"\s(style|on\w+)=", whole)


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("/go1/north", 404, "there is no integration go1/north"),
        ("/nobody/default", 404, "nobody"),
        ("/go1/default/runs/catalog/none", 404, "there is no report of any run none"),
        ("/no/such/page/here/at/all", 404, "That did not work"),
        ("/go1/default/explain?course=", 400, "name a course"),
    ],
)
def test_what_is_not_there_is_said(client: FlaskClient, path: str, code: int, says: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, says in answer.text) == (code, True), answer.text


def test_what_an_integration_is_called_is_no_part_of_a_page(client: FlaskClient) -> None:
    answer = client.get("/go1/%3Cimg%20src=x%3E")
    assert "<img src=x" not in answer.text
    assert json.dumps(answer.text)


def test_a_csv_that_breaks_off_says_that_it_is_not_whole() -> None:
    def broken() -> Iterator[dict[str, str]]:
        yield {"what": "problem", "external_id": "1"}
        raise ConsoleError("the stack went away")

    rows = list(csv.DictReader("".join(csv_lines(broken())).lstrip("\ufeff").splitlines()))
    assert [row["what"] for row in rows] == ["problem", "incomplete"]
    assert rows[1]["message"] == "the stack went away"
