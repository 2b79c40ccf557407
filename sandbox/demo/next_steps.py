"""What to try while the demo keeps running."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

from sandbox.demo.changing import CHANGES, Changing
from sandbox.demo.stage import Stage
from sandbox.local_aws import ROOT

BUILD = ROOT / "build"
# Somebody whose progress is missing.
MISSED = "omar.new@example.com"
COMMANDS = ROOT / "build" / "environments" / "console" / "bin"


@contextmanager
def told(stage: Stage, address: str) -> Iterator[None]:
    """Say what to try, with the files that it needs; they are removed when the block ends."""
    changing = Changing(stage)
    changing.enrol(MISSED)
    changing.shrink()
    for kind in ("catalog", "stats"):
        stage.run(CHANGES, kind)
    kept = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    names = {name: stage.environment[name] for name in (*kept, "CONTENT_SYNC_STACK")}
    # Whatever else is set where it is read.
    lines = ["unset AWS_PROFILE AWS_SESSION_TOKEN"]
    names["AWS_REGION"] = names["AWS_DEFAULT_REGION"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in names.items()]
    lines.append(f'export PATH={shlex.quote(str(COMMANDS))}:"$PATH"')
    environment, second = _free("demo.env"), _free("second.json")
    environment.write_text("\n".join(lines) + "\n")
    second.write_text(json.dumps(_second_account(stage), indent=2) + "\n")
    try:
        stage.teller.day("Now you")
        stage.teller.say(
            f"""Go1's listing shrank once more, and somebody called Omar learned there.

The page, where the withheld archives wait for you:
{address}

From another terminal, in this folder:

  . build/{environment.name}
  content-sync status
  content-sync explain {CHANGES} --learner {MISSED}
  content-sync runs {CHANGES}
  content-sync setup {CHANGES}/second    (its keys are in build/{second.name})

Everything keeps running until Ctrl-C."""
        )
        yield
    finally:
        environment.unlink(missing_ok=True)
        second.unlink(missing_ok=True)


def _free(name: str) -> Path:
    """Return a file for this demo; another may run in the same folder."""
    stem, _, ending = name.partition(".")
    names = chain([name], (f"{stem}-{number}.{ending}" for number in count(2)))
    return next(path for name in names if not (path := BUILD / name).exists())


def _second_account(stage: Stage) -> dict[str, object]:
    """Return the keys of a second account, whose courses go into a group of their own."""
    platform, author_id = stage.sandbox.learning360, stage.world.author_id
    group_id = platform.add_group("Sales academy")
    platform.users[author_id].setdefault("roles", []).append(
        {"groupId": group_id, "role": "editor"}
    )
    keys = stage.sandbox.provider_secret(CHANGES, group_id=group_id, author_id=author_id)
    return {"platform": stage.sandbox.platform_secret(), "integration": keys}
