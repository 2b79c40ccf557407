"""What a cold start imports: counted, since times are noisy; `make bench` takes the time."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.coldstart import HANDLER, PACKAGES, functions, in_a_fresh_process

ROOT = Path(__file__).parents[2]
# Beside the package's own modules, and what boto3, pydantic and Powertools import by themselves.
OTHERS = {"_sqlite3", "annotated_types", "difflib", "gc", "nh3", "orjson", "pydantic", "sqlite3"}
# Of the standard library's own, from one Python to the next.
MOST_UNNAMED = 3
MOST_OWN = {"integrations": 130}
MOST_OWN_OF_A_RUN = 90
NAMES = "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"


def imported(code: str) -> set[str]:
    return set(json.loads(in_a_fresh_process(code + NAMES)))


@pytest.fixture(scope="module")
def packages() -> set[str]:
    return imported(PACKAGES)


@pytest.mark.parametrize("function", functions())
def test_a_handler_imports_little_besides_its_packages(function: str, packages: set[str]) -> None:
    more = imported(HANDLER.format(function)) - packages
    own = {name for name in more if name.partition(".")[0] == "content_sync"}
    assert len(own) <= MOST_OWN.get(function, MOST_OWN_OF_A_RUN), sorted(own)
    others = {name for name in more - own if name.partition(".")[0] not in OTHERS}
    assert len(others) <= MOST_UNNAMED, sorted(others)
    # Each takes longer than all of ours, and nothing needs it.
    heavy = {"requests", "asyncio", "email.mime", "multiprocessing", "numpy", "xml.dom"}
    assert not others & heavy
    providers = {name.split(".")[2] for name in own if name.startswith("content_sync.providers.")}
    named = {path.name for path in (ROOT / "shared/content_sync/providers").iterdir()}
    apart = {name for name in providers & named if (ROOT / f"functions/{name}_catalog").is_dir()}
    if function != "integrations":
        assert apart == {function.rpartition("_")[0]}, "it imports another provider's modules"
