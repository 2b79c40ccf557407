"""The story: three days of a company whose courses and learners are at five providers."""

import json
from pathlib import Path
from typing import Any

from sandbox import oracle
from sandbox.demo.changing import CHANGES, Changing
from sandbox.demo.stage import DemoFailure, Stage
from sandbox.providers import PROVIDERS
from sandbox.service import Fault
from sandbox.world import start_courses

# Who is down for a while.
FAILS = "edflex"
NEWCOMER = "nora.new@example.com"
OK = "succeeded"
# Of each day, what the oracle says where nothing is wrong.
RIGHT = "what stands at 360Learning is what the providers' data call for."


def day_one(stage: Stage, folder: Path, seed: int) -> list[str]:
    """Set up, run for the first time, let learners start; return what is wrong."""
    stage.teller.day("Day one: five set-ups, and the first runs")
    with stage.teller.step("content-sync setup, five times"):
        for provider in PROVIDERS:
            _set_up(stage, folder, provider)
    first = stage.run_all("catalog", "First catalogue runs")
    started = start_courses(stage.sandbox, seed=seed)
    stage.teller.say(f"Learners start {started:,} of the courses from 360Learning.")
    first += stage.run_all("stats", "First statistics runs")
    faults = _miscounted(stage, first)
    Changing(stage).withdraw()
    stage.teller.say("In the evening Go1 withdraws a course, and all catalogues run once more.")
    before = len(stage.sandbox.learning360.operations)
    evening = stage.run_all("catalog", "Catalogue runs")
    resent = len(stage.sandbox.learning360.operations) - before
    if resent != 1:
        faults.append(f"{resent} bulk operations for one course that left")
    return _end_of_day(stage, [*first, *evening], faults)


def day_two(stage: Stage) -> list[str]:
    """Let learners learn and courses change, and a provider be down; return what is wrong."""
    stage.teller.day("Day two: learners go on, courses change, a provider is down")
    go1 = Changing(stage)
    returned = go1.bring_back()
    renamed, left = go1.rename(), go1.withdraw()
    went_on = go1.learn_on()
    course = go1.enrol(NEWCOMER)
    stage.teller.say(
        f"At Go1 {went_on} learners finish a course, course {renamed} has a new title, {left} is "
        f"withdrawn and {returned} is back. Nora, who is new, finishes a course, too; 360Learning "
        "does not know her yet."
    )
    busy = Fault(PROVIDERS[FAILS].tenant.listing, status=503, headers={"Retry-After": "300"})
    stage.sandbox.traffic.faults.append(busy)
    try:
        stage.run(FAILS, "catalog")
    except DemoFailure as failure:
        stage.teller.say(f"Edflex is down, and its run fails: {str(failure).partition(': ')[2]}.")
        faults = []
    else:
        faults = [f"a run of {FAILS} went on although the provider was down"]
    runs = stage.run_all("catalog", "Catalogue runs, Edflex's again")
    runs += stage.run_all("stats", "Statistics runs")
    faults += [f"{run['provider']} ended as {run['status']}" for run in runs if run["status"] != OK]
    why = stage.typed("explain", CHANGES, "--course", course, "--learner", NEWCOMER, "--json")
    stage.teller.say(f"Why is Nora's progress not there? {json.loads(why)['why']}")
    return _end_of_day(stage, runs, faults)


def day_three(stage: Stage) -> list[str]:
    """Let a listing shrink: the brake, its plan, and consent; return what is wrong."""
    stage.teller.day("Day three: a listing shrinks")
    stage.sandbox.learning360.add_user(NEWCOMER)
    left = Changing(stage).shrink()
    stage.teller.say(f"Nora gets an account at 360Learning. Go1's listing lacks {left} courses.")
    runs = stage.run_all("catalog", "Catalogue runs")
    runs += stage.run_all("stats", "Statistics runs")
    held = next(run["counts"]["withheld"] for run in runs if run["provider"] == CHANGES)
    stage.teller.say(
        f"The brake holds: {held} archives wait for consent, and everything else is done. "
        "content-sync console shows each by its title, with a button; content-sync plan says the "
        "same in numbers."
    )
    plan = json.loads(stage.typed("plan", CHANGES, "--kind", "catalog", "--json"))
    consent = ("--kind", "catalog", "--allow-archives", str(held), "--json")
    with stage.teller.step(f"content-sync sync go1 --kind catalog --allow-archives {held}"):
        runs.append(json.loads(stage.typed("sync", CHANGES, *consent)))
    faults = [] if held == left else [f"{held} archives were withheld instead of {left}"]
    if plan["counts"]["withheld"] != left:
        faults.append(f"the plan says {plan['counts']}")
    if (done := runs[-1]["counts"]["archived"]) != left:
        faults.append(f"consent to {left} archives archived {done}")
    if not any(run["counts"].get("replayed") for run in runs):
        faults.append("the newcomer's progress still waits")
    return _end_of_day(stage, runs, faults)


def _end_of_day(stage: Stage, runs: list[dict[str, Any]], faults: list[str]) -> list[str]:
    listed = stage.replay("integrations", "integrations_list")["integrations"]
    stage.teller.happened(runs, {one["provider"]: one["parked"] for one in listed})
    stage.teller.seen(stage.sandbox.learning360)
    faults = [*faults, *stage.faults()]
    stage.teller.judged(faults, RIGHT)
    return faults


def _set_up(stage: Stage, folder: Path, provider: str) -> None:
    """Set one integration up from a file, as scripts do."""
    keys = stage.sandbox.provider_secret(
        provider, group_id=stage.world.group_id, author_id=stage.world.author_id
    )
    file = folder / f"{provider}.json"
    content = {"platform": stage.sandbox.platform_secret(), "integration": keys}
    file.write_text(json.dumps(content))
    stage.typed("setup", provider, "--from-file", str(file))
    file.unlink()


def _miscounted(stage: Stage, runs: list[dict[str, Any]]) -> list[str]:
    """Return where the first runs counted otherwise than the providers' data call for."""
    found = []
    for provider in PROVIDERS:
        expected = oracle.expect(stage.sandbox, provider)
        for kind, counts in (("catalog", expected.catalog), ("stats", expected.stats)):
            report = next(run for run in runs if (run["provider"], run["kind"]) == (provider, kind))
            counted = {name: number for name, number in report["counts"].items() if number}
            # Of what a launch shows already, nothing is sent.
            if kind == "stats" and (shown := counted.pop("unchanged", 0)):
                counted |= {name: counted[name] + shown for name in ("sent", "confirmed")}
            if counted != dict(counts):
                found.append(f"{provider} {kind} counted {counted} instead of {dict(counts)}")
    return found
