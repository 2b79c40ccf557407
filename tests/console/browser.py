"""A real browser, where the machine has one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Of somebody who wants none of these tests left out.
REQUIRED = "BROWSER_REQUIRED"


def found() -> str | None:
    """Where a browser is."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def headless() -> Iterator[Browser]:
    """A browser without a window; tests are left out where there is none, which they say."""
    path = found()
    if path is None:
        if os.environ.get(REQUIRED):
            pytest.fail("there is no Chromium here: apt-get install chromium")
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    expect.set_options(timeout=20_000)
    # As root, and in containers, it cannot make its own sandbox; it sees only this test's pages.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
