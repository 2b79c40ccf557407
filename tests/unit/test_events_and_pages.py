"""Every event of `events/` is one that its function accepts; every page names what there is."""

import json
import re
from pathlib import Path

import pytest

from content_sync.providers.registry import PROVIDERS
from content_sync.report import KINDS
from content_sync.request import parse_integrations_event, parse_sync_event

ROOT = Path(__file__).parents[2]
EVENTS = sorted((ROOT / "events").glob("*.json"))
FUNCTIONS = {path.parent.name for path in ROOT.glob("functions/*/app.py")}
# Files for no function in particular: the first word is the kind of function.
MODES = {
    "catalog": {"plan", "full", "allow_archives"},
    "stats": {"plan", "full", "backfill"},
    "integrations": {
        *("activate", "deactivate", "deactivate_plan", "pause", "resume"),
        *("check", "list", "report", "parked", "reconcile", "reconcile_apply", "explain", "runs"),
        *("find", "describe", "summarize"),
    },
}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [
    page for page in PAGES if "design" not in page.parts and page.name != "adding-a-provider.md"
]


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_an_event_is_accepted_by_its_function(path: Path) -> None:
    event = json.loads(path.read_text())
    name = path.stem
    if name.startswith("integrations_"):
        request = parse_integrations_event(event)
        assert name.removeprefix("integrations_") in (
            request.action,
            f"{request.action}_{request.mode}",
        )
    elif name == "dispatch":
        assert event == {}
        assert all(parse_sync_event(kind, event).integration is None for kind in KINDS)
    else:
        kinds = [kind for kind in KINDS if kind in name.split("_")]
        (kind,) = kinds
        assert parse_sync_event(kind, event).integration == "default"


def test_there_is_one_for_each_function_and_each_mode_and_no_other() -> None:
    functions = {f"{name}_{kind}" for name in PROVIDERS for kind in KINDS}
    modes = {f"{kind}_{mode}" for kind, names in MODES.items() for mode in names}
    assert {path.stem for path in EVENTS} == functions | modes | {"dispatch"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_events_functions_and_files_that_exist(page: Path) -> None:
    text = page.read_text()
    # The placeholders of the examples are files that the reader makes.
    own = {"platform", "go1", "secret", "mapping", "benchmarks"}
    for name in re.findall(r"(?:events/|`)([a-z0-9_]+)\.json", text):
        assert (ROOT / "events" / f"{name}.json").is_file() or name in own, name
    for name in re.findall(r"--function-name content-sync-([a-z0-9-]+)", text):
        assert name.replace("-", "_") in FUNCTIONS, name
    for payload in re.findall(r"--payload '(\{.*?\})'", text):
        event = json.loads(payload) if "..." not in payload else {}
        if "action" in event:
            parse_integrations_event(event)
    for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
    for target in re.findall(r"`make ([a-z]+)[ `]", text):
        assert f"\n{target}:" in (ROOT / "Makefile").read_text(), target
    # Places in the layer, such as `sync/courier.py`.
    for place in re.findall(
        r"`((?:sync|state|domain|fields|web|aws|learning360|lifecycle)/[\w/.]*)`", text
    ):
        assert (ROOT / "shared" / "content_sync" / place).exists(), place


def test_what_all_providers_share_stands_on_one_page() -> None:
    """Neither a paragraph nor a point of a list stands on two providers' pages."""
    stands: dict[str, list[str]] = {}
    for page in sorted((ROOT / "docs" / "providers").glob("*.md")):
        for piece in re.split(r"\n\n|\n(?=- )|\n(?=\| )", page.read_text()):
            stands.setdefault(" ".join(piece.split()), []).append(page.stem)
    twice = {piece: pages for piece, pages in stands.items() if len(pages) > 1 and len(piece) > 130}
    assert twice == {}
