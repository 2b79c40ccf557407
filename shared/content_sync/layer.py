"""Whether the layer is for the function that imports it.

Its packages hold machine code for one Python and one processor. In any other function one of them
would say, in its own words, that a file is missing.
"""

import json
import os
import sys
from pathlib import Path

# Written by shared/layer.py; where there is none, nothing was built, as on a developer's machine.
_BUILT_FOR = Path(__file__).resolve().parents[1] / "layer.json"


def must_fit(built_for: Path = _BUILT_FOR) -> None:
    """See that the layer was built for this Python and this processor.

    Raises:
        ImportError: It was built for others; the text says how to build it.
    """
    if not built_for.is_file():
        return
    built = json.loads(built_for.read_text())
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    machine = os.uname().machine
    architecture = "arm64" if machine in ("arm64", "aarch64") else machine
    if (built["python"], built["architecture"]) != (python, architecture):
        raise ImportError(
            f"the layer was built for Python {built['python']} on {built['architecture']}, and "
            f"this function runs Python {python} on {architecture}: build it again with "
            f"LAYER_PYTHON={python} LAYER_ARCHITECTURE={architecture} sam build, and deploy it"
        )
