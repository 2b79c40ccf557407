"""Make the README's pictures of the page, from a month that never was.

Usage: python -m tools.screenshots
"""

import logging
import threading
from pathlib import Path

import pytest

from console.page.serving import PageServer
from sandbox.providers import PROVIDERS
from tests.console.browser import headless
from tests.console.conftest import stack_of
from tests.console.scene import Scene
from tests.house import house

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDTH, HEIGHT = 1100, 760
DAYS = 30


def main() -> None:
    """Play the month, and take the pictures."""
    logging.disable(logging.CRITICAL)
    IMAGES.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as monkeypatch, house(monkeypatch) as built:
        # Titles of the tests would not look well.
        scene = Scene(built, DAYS, tuple(sorted({*PROVIDERS} - {"go1"})), hostile=False)
        scene.play()
        scene.shrink(40)
        server = PageServer(stack_of(built), 0)
        thread = threading.Thread(target=server.run)
        thread.start()
        with headless() as browser:
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(server.address)
            for name, address in (("overview", ""), ("integration", "go1/default")):
                page.goto(f"http://127.0.0.1:{server.port}/{address}")
                page.wait_for_load_state("networkidle")
                page.screenshot(path=IMAGES / f"console-{name}.png")
        server.stop()
        thread.join()


if __name__ == "__main__":
    main()
