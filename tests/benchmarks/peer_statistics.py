"""What an engineer writes in an afternoon: statistics, one request after the other.

Usage: python -m tests.benchmarks.peer_statistics PROVIDER SECRETS_FILE STATE_FILE

It sends what changed, as it is; it meets nothing, reads nothing back and survives nothing.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

CHUNK = 10_000


def main() -> None:
    """Read the statistics, send what changed, wait for the operations."""
    name, secrets = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
    state = Path(sys.argv[3])
    began = time.perf_counter()
    platform = secrets["platforms/default"]
    login = {"grant_type": "client_credentials", "client_id": platform["client_id"]}
    login["client_secret"] = platform["client_secret"]
    api = platform["base_url"] + "/api/v2"
    writer = requests.Session()
    token = writer.post(f"{api}/oauth2/token", json=login, timeout=60).json()["access_token"]
    writer.headers.update({"Authorization": f"Bearer {token}", "360-api-version": "v2.0"})
    (integration,) = writer.get(f"{api}/integrations", timeout=60).json()
    sent = json.loads(state.read_text()) if state.exists() else {}
    rows = READERS[name](secrets[f"integrations/{name}/default"])
    items = {f"{mail} {course}": item(mail, course, *rest) for mail, course, *rest in rows}
    changed = [one for key, one in items.items() if sent.get(key) != one]
    for start in range(0, len(changed), CHUNK):
        bulk = f"{api}/bulk/integrations/{integration['_id']}/stats"
        answer = writer.post(bulk, json={"input": changed[start : start + CHUNK]}, timeout=60)
        operation = f"{api}/bulk/operations/{answer.headers['Location'].rpartition('/')[2]}"
        while writer.get(operation, timeout=60).json()["status"] not in ("completed", "error"):
            time.sleep(0.2)
        writer.get(f"{operation}/results", timeout=60).json()
    state.write_text(json.dumps(sent | items))
    print(json.dumps({"seconds": time.perf_counter() - began}))


def item(
    mail: str, course: str, progress: int, first: str, last: str, spent: int
) -> dict[str, Any]:
    """The import item of a row."""
    return {
        "courseIdentifier": {"type": "externalId", "value": course},
        "userIdentifier": {"type": "mail", "value": mail},
        "progress": progress,
        "timeSpent": spent,
        "firstActivityAt": first,
        "lastActivityAt": last,
    }


def go1(secret: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    """Enrollments by status, since no listing goes beyond 10,000; addresses by user."""
    reader = requests.Session()
    login = {"grant_type": "client_credentials"}
    login |= {key: secret[key] for key in ("client_id", "client_secret")}
    token = reader.post(secret["token_url"], data=login, timeout=60).json()["access_token"]
    reader.headers["Authorization"] = f"Bearer {token}"

    def pages(path: str, **query: str) -> Iterator[dict[str, Any]]:
        offset, total = 0, 1
        while offset < total:
            asked = {**query, "limit": "50", "offset": str(offset)}
            page = reader.get(f"{secret['api_url']}/{path}", params=asked, timeout=60).json()
            total, offset = min(page["total"], 10_000), offset + 50
            yield from page["hits"]

    mails = {user["id"]: user["email"] for user in pages("users")}
    for status, progress in (("completed", 100), ("in-progress", 50)):
        for row in pages("enrollments", status=status):
            dates = row["created_time"], row["updated_time"]
            yield mails[row["user_id"]], str(row["lo_id"]), progress, *dates, 1


def coursera(secret: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    """Enrollment reports, a thousand a page."""
    reader = requests.Session()
    login = {"grant_type": "refresh_token", "refresh_token": secret["refresh_token"]}
    login |= {key: secret[key] for key in ("client_id", "client_secret")}
    token = reader.post(secret["token_url"], data=login, timeout=60).json()["access_token"]
    reader.headers["Authorization"] = f"Bearer {token}"
    start: Any = "0"
    while start is not None:
        url = f"{secret['api_url']}/{secret['org_id']}/enrollmentReports"
        query = {"start": start, "limit": "1000", "includeS12n": "true"}
        page = reader.get(url, params=query, timeout=60).json()
        for row in page["elements"]:
            progress = 100 if row["isCompleted"] else int(row["overallProgress"])
            last = row["completedAt"] if row["isCompleted"] else row["lastActivityAt"]
            spent = max(int((row["approxTotalCourseHrs"] or 0) * 3_600_000), 1)
            dates = _iso(row["enrolledAt"]), _iso(last)
            yield row["email"], row["contentId"], progress, *dates, spent
        start = page["paging"].get("next")


def _iso(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat()


READERS = {"go1": go1, "coursera": coursera}


if __name__ == "__main__":
    main()
