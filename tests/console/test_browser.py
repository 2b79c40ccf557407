"""The page in a real browser: at three widths, by keyboard, and for everybody (axe-core)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from console.page.serving import PageServer
from console.verbs.page import _leading_to
from tests.console.browser import headless
from tests.console.conftest import stack_of
from tests.console.scene import STRANGER, Scene
from tests.house import House

WIDTHS = {"phone": 360, "tablet": 768, "desk": 1280}
HEIGHT = 800
GO1 = "go1/default"


@contextmanager
def served(house: House) -> Iterator[PageServer]:
    server = PageServer(stack_of(house), 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(name="browser", scope="module")
def _browser(month: Scene) -> Iterator[Browser]:
    # It keeps a loop of its own in this thread, in which no other server starts or stops.
    assert month.days
    with headless() as browser:
        yield browser


@pytest.fixture(name="server", scope="module")
def _server(browser: Browser, month: Scene) -> Iterator[PageServer]:
    with served(month.house) as server:
        yield server


@contextmanager
def page_of(
    browser: Browser, server: PageServer, width: int = WIDTHS["desk"], scheme: str = "light"
) -> Iterator[Page]:
    """Somebody who has entered; whatever the browser complains of fails the test."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(server.address)
    yield page
    context.close()
    assert complaints == []


def paths(month: Scene) -> dict[str, str]:
    run = month.house.manage("runs", "go1", kind="catalog")["runs"][0]
    return {
        "overview": "",
        "integration": GO1,
        "runs": f"{GO1}/runs",
        "run": f"{GO1}/runs/catalog/{run['run_id']}",
        "parked": f"{GO1}/parked",
        "consent": f"{GO1}/consent",
        "course": f"{GO1}/explain?course={month.courses[0]['id']}",
    }


PAGES = ("overview", "integration", "runs", "run", "parked", "consent", "course")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_and_is_for_everybody(
    browser: Browser, server: PageServer, month: Scene, width: str, scheme: str
) -> None:
    with page_of(browser, server, WIDTHS[width], scheme) as page:
        for name in PAGES:
            page.goto(server.address.partition("?")[0] + paths(month)[name])
            assert_for_everybody(page, WIDTHS[width], name)


def test_charts_are_drawn_and_styles_are_taken(browser: Browser, server: PageServer) -> None:
    with page_of(browser, server) as page:
        image = page.locator(".card img").first
        image.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=image.element_handle())
        assert image.evaluate("image => image.naturalWidth") > 0
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(246, 247, 249)"
    with page_of(browser, server, scheme="dark") as page:
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(18, 22, 28)"


def test_the_token_leaves_the_address(browser: Browser, server: PageServer) -> None:
    with page_of(browser, server) as page:
        assert "token" not in page.url
        assert page.evaluate("document.cookie") == ""


def test_a_browser_is_led_there_by_a_file_of_one_s_own(
    browser: Browser, server: PageServer, tmp_path: Path
) -> None:
    file = _leading_to(server.address, tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    context = browser.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("All integrations")
    assert "token" not in page.url
    context.close()


def test_answers_to_forms_and_errors_are_for_everybody_too(
    browser: Browser, server: PageServer, month: Scene
) -> None:
    context = browser.new_context(viewport={"width": WIDTHS["phone"], "height": HEIGHT})
    page = context.new_page()
    page.goto(server.address)
    address = server.address.partition("?")[0]
    row = month.rows[-1]
    for learner, course in ((STRANGER, ""), (row["user_id"], str(row["lo_id"]))):
        page.goto(f"{address}{GO1}")
        page.get_by_label("Learner, by address").fill(learner)
        page.get_by_label("Course, by its id").fill(course)
        # A click returns before the answer has come.
        with page.expect_navigation():
            page.get_by_role("button", name="Explain").click()
        expect(page.locator(".verdict")).to_be_visible()
        assert_for_everybody(page, WIDTHS["phone"], f"{learner} {course}")
    for path in ("go1/none", "edflex/default", "edflex/default/consent"):
        page.goto(f"{address}{path}")
        assert_for_everybody(page, WIDTHS["phone"], path)
    context.close()


def assert_for_everybody(page: Page, width: int, name: str) -> None:
    """One heading, no wider than the window, and nothing that an audit finds."""
    assert page.locator("h1").count() == 1, name
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    results = Axe().run(page)
    assert results.violations_count == 0, f"{name}: {results.generate_report()}"


def test_a_learner_is_found_by_keyboard_alone(browser: Browser, server: PageServer) -> None:
    with page_of(browser, server) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name=GO1, exact=True)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(GO1)
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "learner":
                break
        page.keyboard.type(STRANGER)
        page.keyboard.press("Enter")
        verdict = page.locator(".verdict")
        expect(verdict).to_contain_text("360Learning knows no user of this address")
        assert STRANGER not in page.url
        assert STRANGER not in page.content()


def test_consent_is_given_by_hand(browser: Browser, month: Scene) -> None:
    with served(month.house) as server, page_of(browser, server, WIDTHS["phone"]) as page:
        page.get_by_role("link", name="withheld archives").click()
        button = page.get_by_role("button", name="Archive at most")
        number = month.house.manage("runs", "go1", kind="catalog")["runs"][0]["counts"]["withheld"]
        expect(button).to_contain_text(f"{number} courses")
        # Without the box nothing is sent.
        button.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Withheld archives")
        page.get_by_label(f"These {number} courses may be archived").check()
        with page.expect_navigation():
            button.click()
        for _ in range(100):
            if page.get_by_text("Look again").count() == 0:
                break
            with page.expect_navigation():
                page.get_by_text("Look again").click()
        expect(page.get_by_role("status")).to_contain_text(f"{number} archived, 0 withheld")
