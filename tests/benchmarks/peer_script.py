"""What an engineer writes in an afternoon: the same job, one request after the other.

Usage: python -m tests.benchmarks.peer_script SECRETS_FILE STATE_FILE

It keeps the items that it sent in a file, so that an unchanged catalogue is not sent again.
"""

import json
import sys
import time
from pathlib import Path

import requests

TYPES = {"audio": "audiobook", "document": "article", "text": "article", "video": "video"}
SUPPORTED = {"audio", "course", "document", "interactive", "link", "text", "video"}


def main() -> None:
    """Read the library, sends what changed, waits for the operation."""
    secrets = json.loads(Path(sys.argv[1]).read_text())
    state = Path(sys.argv[2])
    began = time.perf_counter()
    platform, go1 = secrets["platforms/default"], secrets["integrations/go1/default"]
    reader, writer = requests.Session(), requests.Session()
    grant = {"grant_type": "client_credentials"}
    login = {**grant, "client_id": go1["client_id"], "client_secret": go1["client_secret"]}
    token = reader.post(go1["token_url"], data=login, timeout=60).json()["access_token"]
    reader.headers["Authorization"] = f"Bearer {token}"
    login = {**grant, "client_id": platform["client_id"]}
    login["client_secret"] = platform["client_secret"]
    api = platform["base_url"] + "/api/v2"
    token = writer.post(f"{api}/oauth2/token", json=login, timeout=60).json()["access_token"]
    writer.headers.update({"Authorization": f"Bearer {token}", "360-api-version": "v2.0"})
    (integration,) = writer.get(f"{api}/integrations", timeout=60).json()
    portal = reader.get(f"{go1['api_url']}/account", timeout=60).json()["url"]

    items, offset, total = {}, 0, 1
    while offset < total:
        query = {"collection": "default", "limit": 50, "offset": offset}
        page = reader.get(f"{go1['api_url']}/learning-objects", params=query, timeout=60).json()
        total, offset = page["total"], offset + 50
        for hit in page["hits"]:
            offered = hit["type"] in SUPPORTED and hit.get("published") is not False
            if offered and (item := item_of(hit, portal)):
                items[item["externalId"]] = item
    sent = json.loads(state.read_text()) if state.exists() else {}
    changed = [item for key, item in items.items() if sent.get(key) != item]
    if changed:
        bulk = f"{api}/bulk/integrations/{integration['_id']}/courses"
        answer = writer.put(bulk, json={"input": changed}, timeout=60)
        operation = f"{api}/bulk/operations/{answer.headers['Location'].rpartition('/')[2]}"
        while writer.get(operation, timeout=60).json()["status"] not in ("completed", "error"):
            time.sleep(1)
        results = writer.get(f"{operation}/results", timeout=60).json()
        accepted = [row["input"] for row in results if row["status"] == "success"]
        state.write_text(json.dumps(sent | {item["externalId"]: item for item in accepted}))
    print(json.dumps({"seconds": time.perf_counter() - began}))


def item_of(hit: dict, portal: str) -> dict | None:
    """The upsert item of a hit."""
    if not (hit["title"] or "").strip():
        return None
    item = {
        "externalId": str(hit["id"]),
        "name": hit["title"].strip(),
        "launchUrl": f"https://{portal}/play/{hit['id']}",
        "defaultLang": (hit["language"] or "en")[:2].replace("xx", "en").replace("he", "he_IL"),
        "contentType": TYPES.get(hit["type"], "course"),
        "sources": [{"name": "Go1"}],
        "subjects": [],
        "description": hit["description"],
        "duration": int((hit.get("delivery") or {}).get("duration") or 0),
    }
    if item["defaultLang"] == "nb":
        item["defaultLang"] = "no"
    return {key: value for key, value in item.items() if value is not None and value != 0}


if __name__ == "__main__":
    main()
