"""Pages of integrations that just began, are under way, or only plan."""

from tests.console.test_page import GO1_PAGE, client_of, text_of
from tests.helpers import GO1, at_home
from tests.house import House


def test_of_an_empty_stack_it_says_how_to_begin(house: House) -> None:
    assert "content-sync setup" in text_of(client_of(house), "/")


def test_what_is_under_way_is_shown(house: House) -> None:
    at_home(house, 130)
    house.sandbox.learning360.operation_seconds = 30
    event = {"integration": "default"}
    assert house.call("go1_catalog", event, seconds=1)["status"] == "continued"
    assert "Under way Courses, begun just now" in text_of(client_of(house), GO1_PAGE)


def test_a_plan_shows_old_and_new_side_by_side(house: House) -> None:
    courses = at_home(house, 250)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, [{**one, "title": f"New {one['title']}"} for one in courses])
    plan = house.run("go1", "catalog", mode="plan")
    client = client_of(house)
    path = f"{GO1_PAGE}/runs/catalog/{plan['run_id']}"
    first = text_of(client, path)
    assert "A plan: it says what a run would do" in first
    assert "name Course 0 New Course 0" in first
    assert "Course 249 New" not in first
    assert "name Course 249 New Course 249" in text_of(client, f"{path}?page=2&what=update")
