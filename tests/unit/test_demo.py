"""The demo's own manners: what it takes, how wide it is, and that it cleans up."""

import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from sandbox import oracle
from sandbox.demo import next_steps
from sandbox.demo.__main__ import main
from sandbox.demo.telling import HAPPENED, Teller
from sandbox.providers import PROVIDERS
from sandbox.server import Sandbox
from tests.helpers import GO1
from tests.house import House

ROOT = Path(__file__).parents[2]
WIDTH = 80
# Its stage is a folder that it names, and waiting.
PROGRAM = """
import sys, time
from sandbox.demo import __main__ as demo

def play(options, folder, teller):
    print(folder, flush=True)
    time.sleep(60)

demo._play = play
sys.exit(demo.main([]))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--courses", "0"], ["--courses", "-5"], ["--courses", "10000000"], ["--courses", "many"],
        ["--enrollments", "1"], ["--enrollments", "1e9"], ["--seed", "-1"], ["--days", "3"],
    ],
)  # fmt: skip
def test_absurd_arguments_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_cleans_up_when_it_is_ended(ending: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        process.send_signal(ending)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.strip() == "stopped"
    assert not folder.exists()


def report(provider: str, kind: str, **counts: int) -> dict[str, object]:
    return {"provider": provider, "kind": kind, "counts": counts}


def told(tell: object, *, terminal: bool = False) -> list[str]:
    """What a teller prints on a terminal of 80 columns, or into a file."""
    teller, file = Teller(), io.StringIO()
    teller.out = Console(file=file, width=WIDTH, force_terminal=terminal, highlight=False)
    tell(teller)  # type: ignore[operator]
    return file.getvalue().splitlines()


def test_a_day_fits_into_eighty_columns_and_has_totals() -> None:
    sandbox = Sandbox()
    many = {heading: 112_345 for _, headings in HAPPENED.values() for heading in headings}
    reports = [report(name, kind, **many) for name in PROVIDERS for kind in ("catalog", "stats")]

    def day(teller: Teller) -> None:
        teller.day("Day one: " + "much to tell, " * 3)
        teller.say("word " * 60)
        with teller.step("A step " * 20, lambda: "far"):
            pass
        teller.happened(reports, dict.fromkeys(PROVIDERS, 112_345))
        teller.seen(sandbox.learning360)
        teller.judged(["a fault " * 30], "right")

    lines = told(day)
    assert max(map(len, lines)) <= WIDTH
    assert "\x1b" not in "".join(lines), "no terminal, no colours"
    (together,) = (line for line in lines if line.startswith("Together") and "561,725" in line)
    assert together.split().count("561,725") == len(HAPPENED)


def test_without_a_terminal_a_step_is_one_line() -> None:
    def step(teller: Teller) -> None:
        with teller.step("Running"):
            pass

    assert told(step) == ["Running: 0 s"]


def test_the_oracle_sees_what_left_and_was_not_archived(house: House) -> None:
    house.settle_in("go1")
    courses = [GO1.course(number, f"Course {number}") for number in range(12)]
    GO1.put(house.sandbox, courses)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[:11])
    gone = {GO1.external_id(11)}
    expected = oracle.expect(house.sandbox, "go1")
    (fault,) = oracle.faults(house.sandbox, expected, "go1", gone=gone)
    assert fault == f"course {GO1.external_id(11)} left, and is published"
    assert oracle.faults(house.sandbox, expected, "go1") != []
    house.run("go1", "catalog")
    assert oracle.faults(house.sandbox, expected, "go1", gone=gone) == []


def test_two_demos_in_one_folder_keep_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_steps, "BUILD", tmp_path)
    first = next_steps._free("demo.env")
    first.touch()
    assert (first.name, next_steps._free("demo.env").name) == ("demo.env", "demo-2.env")


def test_one_that_came_to_its_end_does_not_say_that_it_was_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The signals of whoever runs the tests stay theirs.
    monkeypatch.setattr("sandbox.demo.__main__.signal.signal", lambda *_: None)
    monkeypatch.setattr("sandbox.demo.__main__._play", lambda *_: 0)
    assert main(["--once"]) == 0
    assert capsys.readouterr().out == ""
