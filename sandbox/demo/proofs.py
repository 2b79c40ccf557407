"""Behind the scenes: what must never go wrong, tried on the stack as it is deployed."""

import json
from typing import Any

from sandbox import oracle
from sandbox.demo.changing import CHANGES, Changing
from sandbox.demo.stage import Stage
from sandbox.rights import try_rights

# Whose ledgers are lost.
LOST = "openclassrooms"


def prove(stage: Stage) -> list[str]:
    """Try what must hold on any day; return what is wrong."""
    stage.teller.day("Behind the scenes")
    with stage.teller.step("Trying what each role may not do"):
        refused, faults = try_rights(stage.aws, stage.table)
    stage.teller.say(f"Each provider's role was refused what is another's, {refused} times.")
    faults += _ledgers_are_lost(stage)
    faults += _a_course_comes_twice(stage)
    faults += stage.faults()
    stage.teller.judged(faults, "nothing was doubled, and nothing is missing.")
    return faults


def _ledgers_are_lost(stage: Stage) -> list[str]:
    """Lose what is known of one integration, and reconcile; return what went wrong."""
    platform = stage.sandbox.learning360
    attempts = sum(map(len, platform.attempts.values()))
    client = stage.aws.client("dynamodb")
    for page in client.get_paginator("scan").paginate(TableName=stage.table):
        for item in page["Items"]:
            if item["pk"]["S"].startswith(f"{LOST}#"):
                key = {name: item[name] for name in ("pk", "sk")}
                client.delete_item(TableName=stage.table, Key=key)
    with stage.teller.step(f"Losing all that was kept of {LOST}, and reconciling"):
        answer = stage.replay("integrations", "integrations_reconcile_apply", provider=LOST)
    found = {what: counts["found"] for what, counts in answer["counts"].items()}
    stage.teller.say(
        f"It finds {found['courses']:,} courses and {found['attempts']:,} attempts at 360Learning, "
        "and the next runs double nothing."
    )
    with stage.teller.step("The next runs"):
        courses, _ = (stage.run(LOST, kind) for kind in ("catalog", "stats"))
    faults = []
    if courses["counts"]["created"] or courses["counts"]["updated"]:
        faults.append(f"after reconciling, courses were sent again: {courses['counts']}")
    platform.advance()
    if (now := sum(map(len, platform.attempts.values()))) != attempts:
        faults.append(f"after reconciling there are {now} attempts instead of {attempts}")
    return faults + _one_is_explained(stage)


def _one_is_explained(stage: Stage) -> list[str]:
    """Explain one learner's progress on one course; return what went wrong."""
    expected = oracle.expect(stage.sandbox, LOST)
    done = (pair for pair, rows in expected.attempts.items() if rows[-1].completed)
    learner, course = next(done)
    about = {"provider": LOST, "course": course, "learner": learner}
    answer = stage.replay("integrations", "integrations_explain", **about)
    verdict = answer["progress"]["verdict"]
    return [] if verdict == "shown" else [f"a learner's progress is explained as {verdict}"]


def _a_course_comes_twice(stage: Stage) -> list[str]:
    """Let a provider list one course twice while another leaves; return what went wrong."""
    twice, left = Changing(stage).list_twice()
    stage.teller.say(
        f"Go1 lists course {twice} twice and {left} not at all: it is archived by the next run "
        "that does not see it either, an hour later or more."
    )
    days = [stage.run(CHANGES, "catalog")]
    _let_hours_pass(stage)
    days.append(stage.run(CHANGES, "catalog"))
    stage.sandbox.learning360.advance()
    counted = [
        (day["status"], day["counts"]["withheld"], day["counts"]["archived"]) for day in days
    ]
    if counted != [("partial", 1, 0), ("succeeded", 0, 1)]:
        return [f"a course that left while another came twice was counted as {counted}"]
    return []


def _let_hours_pass(stage: Stage) -> None:
    """Let what the ledgers note as missed have been missed two hours earlier."""
    client = stage.aws.client("dynamodb")
    for page in client.get_paginator("scan").paginate(TableName=stage.table):
        for item in page["Items"]:
            text = item.get("data", {}).get("S", "")
            if item["sk"]["S"].startswith("course#") and '"missed_at"' in text:
                entries: dict[str, Any] = json.loads(text)
                for entry in entries.values():
                    if "missed_at" in entry:
                        entry["missed_at"] -= 2 * 3_600_000
                data = {"data": {"S": json.dumps(entries)}}
                client.put_item(TableName=stage.table, Item=item | data)
