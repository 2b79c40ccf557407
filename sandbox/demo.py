"""The whole house on a laptop: `make demo` (ONCE=1 stops at the end and judges what arrived)."""

import argparse
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sandbox import oracle
from sandbox.local_aws import ROOT, STACK, LocalAws, LocalAwsError, local_aws
from sandbox.providers import PROVIDERS
from sandbox.rights import try_rights
from sandbox.server import Sandbox
from sandbox.world import World, populate, start_courses

# The provider of the days on which a course comes twice, and the one whose ledgers are lost.
TWICE_LISTED = "go1"
LEDGERS_LOST = "edflex"


class DemoFailure(Exception):
    """Something did not work; the text says what."""


def main(arguments: list[str]) -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop at the end and judge")
    parser.add_argument("--seed", type=int, default=1, help="of the generated data")
    parser.add_argument("--courses", type=int, default=3000, help="of each provider")
    parser.add_argument("--enrollments", type=int, default=4000, help="of each provider")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="content-sync-demo-"))
    try:
        code = _run(options, folder)
        shutil.rmtree(folder, ignore_errors=True)
        return code
    except (DemoFailure, LocalAwsError) as failure:
        print(f"\nThe demo failed: {failure}\nLogs: {folder}")
        return 1
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        print("\nstopped")
        return 130


def _run(options: argparse.Namespace, folder: Path) -> int:
    sandbox = Sandbox()
    world = populate(
        sandbox, seed=options.seed, courses=options.courses, enrollments=options.enrollments
    )
    with sandbox.serving():
        print(f"sandbox: the providers and 360Learning answer at {sandbox.url}")
        with ExitStack() as stack:
            with step("starting the local AWS"):
                aws = stack.enter_context(local_aws(folder))
            return _synchronize(options, sandbox, world, aws)


def _synchronize(options: argparse.Namespace, sandbox: Sandbox, world: World, aws: LocalAws) -> int:
    with step("building and deploying template.yaml with SAM"):
        outputs = aws.deploy()
    _write_secrets(aws, sandbox, world)
    for provider in PROVIDERS:
        activation = _invoke(aws, "integrations", "integrations_activate", provider=provider)
        print(f"activated {provider}: configuration {activation['integration_id']}")
    runs = _run_all(aws, sandbox, "catalog")
    started = start_courses(sandbox, seed=options.seed)
    print(f"learners started {started} courses from 360Learning, before and after they learned")
    runs += _run_all(aws, sandbox, "stats")
    before = len(sandbox.learning360.operations)
    runs += _run_all(aws, sandbox, "catalog", "again")
    resent = len(sandbox.learning360.operations) - before
    _print_runs(runs)
    _print_arrivals(sandbox)
    faults = _judge(sandbox, runs)
    refused, wrong = try_rights(aws, outputs["StateTable"])
    print(f"\nWhat is another provider's was refused to each provider's role: {refused} times")
    faults += wrong
    faults += _lose_ledgers(aws, sandbox, outputs["StateTable"])
    faults += _next_days(aws, sandbox, outputs["StateTable"])
    if resent:
        faults.append(f"the second catalogue runs sent {resent} bulk operations instead of none")
    if faults:
        raise DemoFailure("what arrived is not right:\n" + "\n".join(faults[:20]))
    print("\nEverything that arrived at 360Learning is what the sandbox's data calls for.")
    print("Every learner sees the provider's progress there, whoever started first.")
    if not options.once:
        _print_next_steps(aws, sandbox, outputs)
        while True:
            time.sleep(3600)
    return 0


def _write_secrets(aws: LocalAws, sandbox: Sandbox, world: World) -> None:
    secrets = {"platforms/default": sandbox.platform_secret()}
    for provider in PROVIDERS:
        secrets[f"integrations/{provider}/default"] = sandbox.provider_secret(
            provider, group_id=world.group_id, author_id=world.author_id
        )
    client = aws.client("secretsmanager")
    for name, content in secrets.items():
        client.create_secret(Name=f"content-sync/{name}", SecretString=json.dumps(content))
    print(f"wrote {len(secrets)} secrets")


def _invoke(aws: LocalAws, function: str, event: str, **more: str) -> Any:
    """Replay a file of events/, as anybody can by hand, with other keys where they are given."""
    content = json.loads((ROOT / "events" / f"{event}.json").read_text())
    payload = json.dumps({**content, **more}).encode()
    answer = aws.client("lambda").invoke(
        FunctionName=f"{STACK}-{function.replace('_', '-')}", Payload=payload
    )
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise DemoFailure(f"{function} with events/{event}.json: {result.get('errorMessage')}")
    return result


def _run_all(aws: LocalAws, sandbox: Sandbox, kind: str, again: str = "") -> list[dict[str, Any]]:
    """Run one kind for all providers, at the same time, as their schedules nearly are."""
    title = f"running {' '.join(f'{provider}_{kind}' for provider in PROVIDERS)} {again}".rstrip()
    with step(title, lambda: _progress(sandbox)), ThreadPoolExecutor(len(PROVIDERS)) as pool:
        return list(pool.map(lambda provider: _run_to_the_end(aws, provider, kind), PROVIDERS))


def _run_to_the_end(aws: LocalAws, provider: str, kind: str) -> dict[str, Any]:
    function = f"{provider}_{kind}"
    report: dict[str, Any] = _invoke(aws, function, function)
    while report["status"] == "continued":
        time.sleep(1)
        names = {"provider": provider, "kind": kind}
        report = _invoke(aws, "integrations", "integrations_report", **names)["report"]
    return report


def _progress(sandbox: Sandbox) -> str:
    platform = sandbox.learning360
    return (
        f"{sandbox.traffic.requests} requests, {len(platform.courses)} courses, "
        f"{sum(map(len, platform.attempts.values()))} attempts"
    )


@contextmanager
def step(title: str, progress: Callable[[], str] = lambda: "") -> Iterator[None]:
    """Say what is being done, how far it is, and how long it took."""
    began = time.monotonic()
    done = threading.Event()
    live = sys.stdout.isatty()

    def report() -> None:
        while not done.wait(1 if live else 10):
            line = f"{title} ... {time.monotonic() - began:.0f} s {progress()}"
            print(f"\r{line:<100}" if live else line, end="" if live else "\n", flush=True)

    print(f"{title} ...", end="" if live else "\n", flush=True)
    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    line = f"{title}: {time.monotonic() - began:.1f} s {progress()}"
    print(f"\r{line:<100}" if live else line, flush=True)


def _print_runs(runs: list[dict[str, Any]]) -> None:
    print("\nWhat each run counted")
    for run in runs:
        counts = ", ".join(f"{name} {number}" for name, number in run["counts"].items() if number)
        print(f"  {run['provider']:<15} {run['kind']:<8} {run['status']:<10} {counts}")
        for problem in run["problems"][:3]:
            print(f"      {problem['reason']}: {problem['message']}")
        if len(run["problems"]) > 3:
            print(f"      ... and {len(run['problems']) - 3} more in the report")


def _print_arrivals(sandbox: Sandbox) -> None:
    platform = sandbox.learning360
    print("\nWhat arrived at 360Learning")
    print(
        f"  {'integration':<16}{'published':>10}{'archived':>10}{'attempts':>10}{'completed':>10}"
    )
    for integration in platform.integrations.values():
        courses = [
            course
            for course in platform.courses.values()
            if course["integrationId"] == integration["_id"]
        ]
        ids = {course["_id"] for course in courses}
        attempts = [row for key, rows in platform.attempts.items() if key[0] in ids for row in rows]
        published = sum(course["status"] == "published" for course in courses)
        completed = sum(row.completedAt is not None for row in attempts)
        print(
            f"  {integration['externalPlatform']:<16}{published:>10}"
            f"{len(courses) - published:>10}{len(attempts):>10}{completed:>10}"
        )
    print(f"  in {len(platform.operations)} bulk operations")


def _judge(sandbox: Sandbox, runs: list[dict[str, Any]]) -> list[str]:
    """Compare what arrived, and what the first runs counted, with the sandbox's own data."""
    found: list[str] = []
    for provider in PROVIDERS:
        expected = oracle.expect(sandbox, provider)
        found += oracle.faults(sandbox, expected, provider)
        for kind, counts in (("catalog", expected.catalog), ("stats", expected.stats)):
            report = next(run for run in runs if (run["provider"], run["kind"]) == (provider, kind))
            counted = {name: number for name, number in report["counts"].items() if number}
            # Of what a launch shows already, nothing is sent.
            if kind == "stats" and (shown := counted.pop("unchanged", 0)):
                counted |= {name: counted[name] + shown for name in ("sent", "confirmed")}
            if counted != dict(counts):
                found.append(f"{provider} {kind} counted {counted} instead of {dict(counts)}")
    return found


def _lose_ledgers(aws: LocalAws, sandbox: Sandbox, table: str) -> list[str]:
    """Lose what is known of one integration, and reconcile; return what went wrong."""
    provider = LEDGERS_LOST
    print(f"\nThe ledgers of {provider} are lost, and reconciled")
    expected = oracle.expect(sandbox, provider)
    attempts = sum(map(len, sandbox.learning360.attempts.values()))
    client = aws.client("dynamodb")
    for page in client.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            if item["pk"]["S"].startswith(f"{provider}#"):
                key = {name: item[name] for name in ("pk", "sk")}
                client.delete_item(TableName=table, Key=key)
    for event in ("integrations_reconcile", "integrations_reconcile_apply"):
        answer = _invoke(aws, "integrations", event, provider=provider)
        told = {
            f"{what} {name}": number
            for what, counts in answer["counts"].items()
            for name, number in counts.items()
            if number
        }
        counted = ", ".join(f"{name} {number}" for name, number in told.items())
        print(f"  reconcile, mode {answer['mode']:<6} {counted}")
    days = [_run_to_the_end(aws, provider, kind) for kind in ("catalog", "stats")]
    _print_runs(days)
    found = oracle.faults(sandbox, expected, provider)
    if days[0]["counts"]["created"] or days[0]["counts"]["updated"]:
        found.append(f"after reconciling, courses were sent again: {days[0]['counts']}")
    sandbox.learning360.advance()
    if (now := sum(map(len, sandbox.learning360.attempts.values()))) != attempts:
        found.append(f"after reconciling there are {now} attempts instead of {attempts}")
    return found + _explain_one(aws, sandbox, provider)


def _explain_one(aws: LocalAws, sandbox: Sandbox, provider: str) -> list[str]:
    """Explain one learner's progress on one course; return what went wrong."""
    expected = oracle.expect(sandbox, provider)
    done = (pair for pair, rows in expected.attempts.items() if rows[-1].completed)
    learner, course = next(done)
    about = {"provider": provider, "course": course, "learner": learner}
    answer = _invoke(aws, "integrations", "integrations_explain", **about)
    print(f"  explain {answer['learner']['learner']} on {course}: {answer['why']}")
    verdict = answer["progress"]["verdict"]
    return [] if verdict == "shown" else [f"a learner's progress is explained as {verdict}"]


def _next_days(aws: LocalAws, sandbox: Sandbox, table: str) -> list[str]:
    """Let a provider list one course twice while another leaves; return what went wrong."""
    provider = TWICE_LISTED
    listed = sandbox.services[provider].learning_objects
    known = {
        course["item"]["externalId"]: course for course in sandbox.learning360.courses.values()
    }
    offered = [row for row in listed if known.get(str(row["id"]), {}).get("status") == "published"]
    gone = str(offered[-1]["id"])
    listed.remove(offered[-1])
    listed.append(offered[0])
    print(f"\nThe next days: {provider} lists course {offered[0]['id']} twice, and {gone} left")
    days = [_run_to_the_end(aws, provider, "catalog")]
    _let_hours_pass(aws, table)
    days.append(_run_to_the_end(aws, provider, "catalog"))
    _print_runs(days)
    sandbox.learning360.advance()
    counted = [
        (day["status"], day["counts"]["withheld"], day["counts"]["archived"]) for day in days
    ]
    found = []
    if counted != [("partial", 1, 0), ("succeeded", 0, 1)]:
        found.append(f"a course that left while another came twice was counted as {counted}")
    if (status := known[gone]["status"]) != "archived":
        found.append(f"course {gone} left and is {status}")
    return found


def _let_hours_pass(aws: LocalAws, table: str) -> None:
    """Let what the ledgers note as missed have been missed two hours earlier."""
    client = aws.client("dynamodb")
    for page in client.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            text = item.get("data", {}).get("S", "")
            if item["sk"]["S"].startswith("course#") and '"missed_at"' in text:
                entries = json.loads(text)
                for entry in entries.values():
                    if "missed_at" in entry:
                        entry["missed_at"] -= 2 * 3_600_000
                client.put_item(TableName=table, Item=item | {"data": {"S": json.dumps(entries)}})


def _print_next_steps(aws: LocalAws, sandbox: Sandbox, outputs: dict[str, str]) -> None:
    environment = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-3"
    call = f"{environment} aws --endpoint-url {aws.url}"
    invoke = f"{call} lambda invoke --cli-binary-format raw-in-base64-out /dev/stdout"
    print(
        f"""
Everything keeps running until Ctrl-C. From another terminal, for example:

  run Go1's catalogue again, or only plan it
    {invoke} \
      --function-name {STACK}-go1-catalog --payload file://events/go1_catalog.json
    {invoke} \
      --function-name {STACK}-go1-catalog --payload file://events/catalog_plan.json
  see the integrations and their last runs
    {invoke} \
      --function-name {STACK}-integrations --payload file://events/integrations_list.json
  see what was stored
    {call} dynamodb scan --table-name {outputs["StateTable"]} --max-items 3
  see what stands at 360Learning
    curl {sandbox.url}/_sandbox/arrived
"""
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
