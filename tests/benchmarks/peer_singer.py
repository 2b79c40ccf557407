"""The same job with Singer's SDK: a tap and a target with a batch sink, one piped into the other.

Usage: python -m tests.benchmarks.peer_singer JOB_FILE

The tap reads as the script does, since the SDK's streams are read one page after the other, too.
What was sent stands in a file of the sink's, when was last read in one of the tap's.
"""

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from singer_sdk import BatchSink, Stream, Tap, Target
from singer_sdk import typing as th

from tests.benchmarks.job import MOST_ITEMS, Job, Platform, job, key_of, measured, since_of
from tests.benchmarks.memory import peak_mb
from tests.benchmarks.plain import item_of, plain
from tests.benchmarks.plain.base import Reader

TEXT, NUMBER = th.StringType(nullable=True), th.NumberType(nullable=True)
NAMED = th.ObjectType(th.Property("type", TEXT), th.Property("value", TEXT))
FIELDS = {
    "catalog": th.PropertiesList(
        *(
            th.Property(name, TEXT)
            for name in (
                "externalId",
                "name",
                "launchUrl",
                "defaultLang",
                "contentType",
                "description",
                "imageUrl",
                "difficultyLevel",
            )
        ),
        th.Property("duration", NUMBER),
        th.Property("subjects", th.ArrayType(TEXT)),
        th.Property("sources", th.ArrayType(th.ObjectType(th.Property("name", TEXT)))),
    ),
    "stats": th.PropertiesList(
        th.Property("courseIdentifier", NAMED),
        th.Property("userIdentifier", NAMED),
        th.Property("progress", NUMBER),
        th.Property("timeSpent", NUMBER),
        th.Property("firstActivityAt", TEXT),
        th.Property("lastActivityAt", TEXT),
    ),
}


class Items(Stream):
    """The provider's rows, as items."""

    name = "items"
    given: Job

    def get_records(self, context: Any) -> Iterable[dict[str, Any]]:
        """Yield all items."""
        given, mark = self.given, Path(f"{self.given.state}.since")
        since = since_of(given, int(mark.read_text()) if mark.exists() else None)
        began = int(time.time() * 1000)
        provider = plain(given.provider)
        for row in Reader(provider.log_in(given)).all_rows(provider, given, since):
            yield item_of(given.kind, provider, row)
        mark.write_text(str(began))


class ReadsProvider(Tap):
    """The tap."""

    name = "tap-provider"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self) -> list[Stream]:
        """Return its one stream."""
        return [Items(self, schema=FIELDS[Items.given.kind].to_dict())]


class Bulk(BatchSink):
    """The sink: items in bulk operations."""

    max_size = MOST_ITEMS
    given: Job
    sent: dict[str, Any]
    platform: Platform

    def process_batch(self, context: Any) -> None:
        """Deliver what is new or changed."""
        records = [
            {k: v for k, v in one.items() if not k.startswith("_sdc")} for one in context["records"]
        ]
        changed = [one for one in records if self.sent.get(key_of(one)) != one]
        if changed:
            for item in self.platform.deliver(changed):
                self.sent[key_of(item)] = item


class Writes360Learning(Target):
    """The target."""

    name = "target-360learning"
    default_sink_class = Bulk
    config_jsonschema = th.PropertiesList().to_dict()


def main() -> None:
    """Run tap and target once, in two processes."""
    given = Items.given = Bulk.given = job()
    path = Path(given.state)

    def work() -> float:
        reading, writing = os.pipe()
        memory, said_memory = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            os.dup2(writing, 1)
            ReadsProvider(config={}).sync_all()
            os.write(said_memory, str(peak_mb()).encode())
            os._exit(0)
        os.close(writing)
        Bulk.platform = Platform(given)
        Bulk.sent = json.loads(path.read_text()) if path.exists() else {}
        # What the target says of its state is nobody's.
        said, silent = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        with os.fdopen(reading) as lines:
            Writes360Learning(config={}).listen(lines)
        os.dup2(said, 1)
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        path.write_text(json.dumps(Bulk.sent))
        return float(os.read(memory, 100))

    measured(work)


if __name__ == "__main__":
    main()
