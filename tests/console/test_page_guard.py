"""What keeps others out of the page."""

import pytest
from flask.testing import FlaskClient

from console.page.app import create_app
from tests.console.conftest import stack_of
from tests.console.test_page import HOST, PORT, TOKEN, client_of, stranger_of
from tests.house import House


@pytest.fixture(name="stranger")
def _stranger(house: House) -> FlaskClient:
    return stranger_of(house)


def test_without_the_token_nothing_is_shown(stranger: FlaskClient) -> None:
    for path in ("/", "/go1/default", "/go1/default/catalog.svg", "/nowhere"):
        assert stranger.get(path).status_code == 403
    assert stranger.get("/?token=wrong").status_code == 403
    assert stranger.get("/?token=t%C3%B6ken").status_code == 403
    stranger.set_cookie(f"content-sync-{PORT}", "wrong", domain="127.0.0.1")
    assert stranger.get("/").status_code == 403


def test_with_it_a_cookie_takes_its_place_that_no_script_and_no_other_site_has(
    stranger: FlaskClient,
) -> None:
    entered = stranger.get(f"/?token={TOKEN}")
    assert (entered.status_code, entered.location) == (302, "/")
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example.com", f"evil.example.com:{PORT}", "127.0.0.1:1"])
def test_another_name_for_this_machine_is_refused(house: House, host: str) -> None:
    client = client_of(house)
    assert client.get("/", base_url=f"http://{host}").status_code == 403
    assert client.get("/static/style.css", base_url=f"http://{host}").status_code == 403


@pytest.mark.parametrize("name", ["localhost", "[::1]"])
def test_its_own_names_are_known(house: House, name: str) -> None:
    answer = stranger_of(house).get(f"/?token={TOKEN}", base_url=f"http://{name}:{PORT}")
    assert answer.status_code == 302


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "", f"https://{HOST}"])
def test_a_form_of_another_page_is_refused(house: House, origin: str) -> None:
    client = client_of(house)
    for path in ("/go1/default/consent", "/go1/default/explain"):
        answer = client.post(path, data={"sure": "yes"}, headers={"Origin": origin})
        assert (answer.status_code, "another page" in answer.text) == (403, True)
    del client.environ_base["HTTP_ORIGIN"]
    assert client.post("/go1/default/consent", data={"sure": "yes"}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/style.css", "/?token=wrong"])
def test_every_answer_is_sealed(house: House, path: str) -> None:
    answer = client_of(house).get(path, buffered=True)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_nothing_is_changed_by_looking(house: House) -> None:
    client = client_of(house)
    for rule in client.application.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        writes = {"GET", "POST"} if rule.rule.endswith(("/consent", "/explain")) else {"GET"}
        assert methods <= writes


def test_who_may_not_look_learns_nothing(stranger: FlaskClient) -> None:
    refused = stranger.get("/")
    assert refused.status_code == 403
    assert "stack" not in refused.text.replace("whole address", "")


def test_on_the_usual_port_the_host_has_no_number(house: House) -> None:
    client = create_app(stack_of(house), TOKEN, 80).test_client()
    assert client.get(f"/?token={TOKEN}", base_url="http://localhost").status_code == 302
    assert client.get(f"/?token={TOKEN}", base_url="http://evil.example.com").status_code == 403
