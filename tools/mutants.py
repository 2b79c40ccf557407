"""Changes the pure rooms' code, one place at a time, and shows which changes no test notices.

Usage: build/environments/mutants/bin/python tools/mutants.py [--most N] [--seed N] [MODULE ...]

Each module is tried against the tests that are about it, in a copy of the project. Of more mutants
than `--most` a sample is taken, drawn with a seed.
"""

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "build" / "environments" / "dev" / "bin" / "python"
LAYER = "shared/content_sync"
ANY_ORDER = "tests/behaviour/test_any_order.py"
MAPPED = "tests/mapping tests/providers/test_any_json.py tests/fuzz"
# The pure rooms, and the tests that say what each must do.
MODULES = {
    "domain/attempts.py": f"tests/unit/test_attempts.py {ANY_ORDER}",
    "domain/standing.py": f"tests/unit/test_standing.py {ANY_ORDER}",
    "domain/brake.py": "tests/unit/test_brake.py",
    "domain/statistic.py": f"tests/unit/test_attempts.py {MAPPED}",
    "domain/course.py": f"tests/unit/test_course.py {MAPPED}",
    "domain/languages.py": "tests/unit/test_languages.py",
    "fields/instants.py": f"tests/unit/test_fields.py tests/unit/test_attempts.py {MAPPED}",
    "fields/reading.py": f"tests/unit/test_fields.py {MAPPED}",
    "learning360/items.py": f"tests/unit/test_items.py {MAPPED}",
    "sync/statistics/due.py": "tests/unit/test_due.py",
    "masking.py": "tests/unit/test_masking.py",
}
SECONDS = 300


def main(arguments: list[str]) -> int:
    """Try the mutants; return 0 whatever survives: the list is for people to read."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--most", type=int, default=60, help="of each module")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    options = parser.parse_args(arguments)
    killed = tried = 0
    for module in options.modules:
        with tempfile.TemporaryDirectory() as folder:
            survivors, number = _tried(module, Path(folder), options)
        tried, killed = tried + number, killed + number - len(survivors)
        print(f"{module}: {number - len(survivors)} of {number} noticed", flush=True)
        for survivor in survivors:
            print(survivor, flush=True)
    print(f"{killed} of {tried} changes were noticed: {100 * killed / max(tried, 1):.0f} %")
    return 0


def _tried(module: str, folder: Path, options: argparse.Namespace) -> tuple[list[str], int]:
    """Try a module's mutants in a folder; return the differences that survived, and how many."""
    copy, session = folder / "copy", folder / "session.sqlite"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("build", ".git", ".*_cache"))
    config = folder / "config.toml"
    config.write_text(
        "[cosmic-ray]\n"
        f'module-path = "{LAYER}/{module}"\n'
        f"timeout = {SECONDS}\n"
        "excluded-modules = []\n"
        f'test-command = "{TESTS} -m pytest -x -q -p no:cacheprovider {MODULES[module]}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    # Of what fails unchanged nothing would be learned.
    _run(copy, "baseline", str(config))
    _run(copy, "init", str(config), str(session))
    with sqlite3.connect(session) as database:
        jobs = [job for (job,) in database.execute("SELECT job_id FROM work_items ORDER BY job_id")]
        left_out = random.Random(options.seed).sample(jobs, max(len(jobs) - options.most, 0))
        for table in ("mutation_specs", "work_items"):
            statement = f"DELETE FROM {table} WHERE job_id = ?"  # nosec B608
            database.executemany(statement, [(job,) for job in left_out])
    _run(copy, "exec", str(config), str(session))
    with sqlite3.connect(session) as database:
        found = database.execute(
            "SELECT test_outcome, diff FROM work_results ORDER BY job_id"
        ).fetchall()
    survivors = [_changed(str(diff)) for outcome, diff in found if "SURVIVED" in str(outcome)]
    return survivors, len(found)


def _changed(difference: str) -> str:
    lines = difference.splitlines()
    return "\n".join(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))


def _run(folder: Path, *arguments: str) -> None:
    command = [str(Path(sys.executable).parent / "cosmic-ray"), *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
