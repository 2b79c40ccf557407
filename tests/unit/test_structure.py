"""The house's own rules: which way imports run, and where providers may be named."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from content_sync.providers.registry import PROVIDERS

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "shared" / "content_sync"
# From the ground up: a room imports from its own floor and from those below, never from above. On
# one floor rooms know nothing of each other, but for what SAME_FLOOR says.
FLOORS = (
    ("ahead", "batches", "encoding", "layer", "masking"),
    ("errors",),
    ("fields", "validation"),
    ("domain", "request"),
    ("report", "settings"),
    ("observability",),
    ("web", "aws"),
    ("state", "learning360", "providers"),
    ("parties", "account"),
    ("agreement",),
    ("sync",),
    ("lifecycle",),
)
SAME_FLOOR: set[tuple[str, str]] = set()
# What `providers/<name>` may take from its neighbours in `providers`.
SHARED_BY_PROVIDERS = {"base", "learners", "repeats", "schedule"}


def modules() -> list[Path]:
    # The package itself stands above all rooms: whatever is imported of it, the layer must fit.
    return sorted({*LAYER.rglob("*.py")} - {LAYER / "__init__.py"})


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """The parts of each name that a module imports from the layer, without `content_sync`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("content_sync"):
            base = (node.module or "").split(".")[1:]
            for alias in node.names:
                inner = LAYER.joinpath(*base, alias.name)
                is_module = inner.is_dir() or inner.with_suffix(".py").is_file()
                yield tuple([*base, alias.name] if is_module else base)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("content_sync."):
                    yield tuple(alias.name.split(".")[1:])


def room(path: Path) -> str:
    return path.relative_to(LAYER).parts[0].removesuffix(".py")


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


def test_every_room_has_a_floor() -> None:
    rooms = {room(path) for path in modules()} - {"__init__"}
    assert rooms == {name for rooms in FLOORS for name in rooms}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(LAYER)))
def test_imports_run_downward(path: Path) -> None:
    here = room(path)
    for target in imports(path):
        there = target[0]
        if there == here:
            continue
        assert floor(there) < floor(here) or (here, there) in SAME_FLOOR, (
            f"{path.relative_to(LAYER)} imports {'.'.join(target)}: {here} stands on floor "
            f"{floor(here)}, {there} on floor {floor(there)}; move what both need down, or what "
            f"needs {there} up"
        )


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_provider_knows_no_other_and_nothing_of_360learning_or_dynamodb(name: str) -> None:
    for path in (LAYER / "providers" / name).glob("*.py"):
        for target in imports(path):
            assert target[0] not in ("state", "learning360", "sync", "lifecycle"), path
            if target[0] == "providers":
                assert target[1] in SHARED_BY_PROVIDERS | {name}, path


def test_handlers_import_a_provider_s_record_and_a_run_only() -> None:
    for path in ROOT.glob("functions/*/app.py"):
        rooms = {target[0] for target in imports(path)}
        assert rooms <= {"providers", "sync", "lifecycle"}, path


def named_in(text: str) -> set[str]:
    return {name for name in PROVIDERS if re.search(rf"(?<![a-z]){name}(?![a-z])", text.lower())}


# The template has its lines of each provider, the registry its entry; the rest is one provider's.
MAY_NAME_ALL = {"template.yaml", "shared/content_sync/providers/registry.py"}


def test_nothing_else_lists_the_providers_by_hand() -> None:
    """A sixth provider must not have to be added to lists that nobody thinks of."""
    folders = ("shared", "sandbox", "tests", "tools", "functions", "events", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [ROOT / name for name in ("template.yaml", "samconfig.toml", "Makefile")]
    lists = {
        str(path.relative_to(ROOT))
        for path in files
        if path.suffix in (".py", ".json", ".yaml", ".toml", "")
        and "__pycache__" not in path.parts
        and len(named_in(path.read_text())) >= 3
    }
    assert lists <= MAY_NAME_ALL, f"each names three providers or more: {lists - MAY_NAME_ALL}"
