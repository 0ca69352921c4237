"""A demonstration of the upgrade gate: the shipped recording, replayed against the later edition of the reference."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from exports_conformance.cli.main import main as command
from exports_conformance.reference.app import Reference
from exports_conformance.reference.server import serving

ROOT = Path(__file__).parent.parent
BEFORE = ROOT / "recordings" / "reference.har"
FOLDER = ROOT / "reports" / "latest" / "compare-demo"
EXPECTED = 1  # the later edition drops what a client may read


def main(arguments: Sequence[str]) -> int:
    """Replay as a user does, over HTTP with the live endpoint's settings; give 0 where it ended as it should."""
    folder = Path(arguments[0]) if arguments else FOLDER
    candidate = Reference(edition="7.10", time_scale=1000)  # so that the documented pace takes no time here
    with serving(candidate) as base_url:
        os.environ["COMMERCELAYER_API_ENDPOINT"] = f"{base_url}/api"
        os.environ["COMMERCELAYER_ACCESS_TOKEN"] = candidate.token
        words = ["-q", "--endpoint", "live", "--replay", str(BEFORE), "--report-dir", str(folder)]
        return int(command(words) != EXPECTED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
