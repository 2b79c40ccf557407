"""Reconciling, from the provider's listing to the last attempt.

`plan` changes nothing but its own place and report; `apply` corrects the ledgers, so that the next
runs mend the rest.
"""

from typing import Any

from content_sync.aws.invocation import Invocation
from content_sync.errors import UnknownCursor
from content_sync.providers.base import Provider
from content_sync.request import IntegrationsRequest, SyncRequest
from content_sync.settings import Environment
from content_sync.state.cursors import ReconcileCursor
from content_sync.state.lease import generation
from content_sync.state.runs import WHOLE_READ, mark_forgotten
from content_sync.sync.execute import execute_one
from content_sync.sync.reconcile.attempts import compare_attempts
from content_sync.sync.reconcile.courses import (
    Inventory,
    archive_orphans,
    compare_courses,
    locate,
    read_offer,
    take_stock,
)
from content_sync.sync.run import Run, RunKind


def reconcile_ledgers(run: Run[ReconcileCursor]) -> None:
    """Find out where provider, ledgers and 360Learning differ; correct the ledgers, if asked to.

    Raises:
        OutOfTime: It goes on in another invocation.
        ContentSyncError: It failed; its cursor is saved.
    """
    see_that_no_run_began(run)
    run.agreed()
    inventory: Inventory = take_stock(run)
    read_offer(run, inventory)
    locate(run, inventory)
    compare_courses(run, inventory)
    archive_orphans(run, inventory)
    compare_attempts(run, inventory)
    if not run.request.plans:
        # What no ledger tells shows only where everything is read once more.
        run.journal.save(mark_forgotten(WHOLE_READ))


def see_that_no_run_began(run: Run[ReconcileCursor]) -> None:
    """Begin anew where another run came in between two invocations: what was found out is stale.

    Raises:
        UnknownCursor: One did.
    """
    cursor, parties = run.journal.cursor, run.parties
    before = cursor.generations
    cursor.generations = {
        kind: generation(parties.table, parties.pk, kind) for kind in RECONCILE.keeps_out
    }
    if not before:
        return
    # In mode apply this invocation took each of them itself, once.
    taken = 0 if run.request.plans else 1
    if cursor.generations != {kind: number + taken for kind, number in before.items()}:
        raise UnknownCursor("a run came in between: reconciling begins from the start")


RECONCILE = RunKind(
    "reconcile",
    ReconcileCursor,
    reconcile_ledgers,
    conclude=lambda run: None,
    keeps_out=("catalog", "stats"),
    saves_plans=True,
    goes_on_by_id=True,
)


def reconcile(
    provider: Provider,
    request: IntegrationsRequest,
    environment: Environment,
    invocation: Invocation,
) -> dict[str, Any]:
    """Carry out the action of this name.

    Args:
        provider: Whose integration.
        request: The event.
        environment: Of the function.
        invocation: Of the function.

    Returns:
        `{"provider", "integration", "mode", "status", "run_id", "counts": {"courses", "attempts"},
        "differences", "reasons"}`; the first 100 differences, the action `report` has all.

    Raises:
        ContentSyncError: One sentence that says what to do.
    """
    mode = "plan" if request.plans else "apply"
    wanted = SyncRequest(
        kind="reconcile",
        integration=request.integration,
        mode=mode,
        allow_archives=request.allow_archives,
        run_id=request.run_id,
    )
    event = {
        "action": request.action,
        "provider": provider.name,
        "mode": mode,
        "allow_archives": request.allow_archives,
    }
    report = execute_one(provider, RECONCILE, wanted, event, environment, invocation)
    counts: dict[str, dict[str, int]] = {"courses": {}, "attempts": {}}
    for heading, number in report["counts"].items():
        what, _, name = heading.partition("_")
        counts[what][name] = number
    kept = {key: report[key] for key in ("provider", "integration", "mode", "status", "run_id")}
    return {
        **kept,
        "counts": counts,
        "differences": report["problems"],
        "reasons": report["reasons"],
    }
