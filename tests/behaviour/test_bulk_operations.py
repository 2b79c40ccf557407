"""Bulk operations between a run and 360Learning."""

import time
from typing import Any

import pytest

from content_sync.errors import InvalidSettings
from sandbox.service import Fault
from tests.helpers import BULK, GO1, at_home
from tests.house import House


def test_bulk_operations_wait_for_one_of_the_three_places(house: House) -> None:
    at_home(house)
    platform = house.sandbox.learning360
    platform.operation_seconds = 1.5
    for _ in range(3):
        house.sandbox.learning360.operations[platform.new_id()] = occupied(platform, 1.5)
    report = house.run("go1", "catalog")
    assert report["counts"]["created"] == 12
    assert platform.most_at_once <= 3


def occupied(platform: Any, seconds: float) -> Any:
    from sandbox.learning360 import Operation

    now = time.time()
    return Operation(
        platform.new_id(), "addSkillReviews", now, now + seconds, [], lambda _: (True, "")
    )


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_202_is_found_again_and_not_submitted_twice(house: House, drop: str) -> None:
    at_home(house)
    house.sandbox.traffic.faults.append(Fault(f"PUT {BULK}", drop=drop))
    report = house.run("go1", "catalog")
    assert report["counts"]["created"] == 12
    assert house.operations() == 1


def test_a_submit_answered_by_a_fault_is_tried_again_within_a_second(house: House) -> None:
    at_home(house)
    house.sandbox.traffic.faults += [
        Fault(f"PUT {BULK}", status=502, body="<html>"),
        Fault(f"PUT {BULK}", status=503, body={"error": {"code": "bulkAPIDisabled"}}),
    ]
    began = time.monotonic()
    assert house.run("go1", "catalog")["counts"]["created"] == 12
    assert time.monotonic() - began < 4
    assert house.operations() == 1


def test_one_item_that_is_refused_does_not_stop_the_rest(house: House) -> None:
    courses = at_home(house)
    house.sandbox.learning360.failing_items["36000003"] = "Invalid image"
    report = house.run("go1", "catalog")
    assert report["status"] == "partial"
    assert (report["counts"]["created"], report["counts"]["failed"]) == (11, 1)
    assert report["problems"][0]["message"] == "360Learning: Invalid image"
    house.sandbox.learning360.failing_items.clear()
    GO1.put(house.sandbox, courses)
    # Tried again, changed or not.
    report = house.run("go1", "catalog")
    assert (report["counts"]["created"], report["counts"]["unchanged"]) == (1, 11)


def test_a_chunk_that_is_refused_as_a_whole_is_halved(house: House) -> None:
    at_home(house)
    whole = {"error": {"code": "invalidInput", "message": "item 3"}}
    house.sandbox.traffic.faults += [Fault(f"PUT {BULK}", status=400, body=whole, times=2)]
    report = house.run("go1", "catalog")
    assert report["counts"]["created"] == 12
    assert house.operations() == 3


def test_an_operation_that_is_gone_is_tried_again_by_the_next_run(house: House) -> None:
    at_home(house)
    gone = {"error": {"code": "bulkOperationNotFound", "message": "gone"}}
    house.sandbox.traffic.faults.append(
        Fault(f"GET {BULK}/operations/[0-9a-f]+$", status=404, body=gone, times=1)
    )
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["failed"]) == ("partial", 12)
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["created"]) == ("succeeded", 12)


def test_a_deleted_configuration_says_to_activate_again(house: House) -> None:
    at_home(house)
    house.sandbox.learning360.integrations.clear()
    with pytest.raises(InvalidSettings, match="activate it again"):
        house.run("go1", "catalog")
    house.manage("activate", "go1")
    assert house.run("go1", "catalog")["counts"]["created"] == 12
