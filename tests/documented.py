"""The commands of README and docs, run as they are written: with a simulator as the live endpoint, in order.

`python tests/documented.py BIN` takes the scripts in the folder BIN, whose environment may have the wheel alone. It
prints a line for each command that does not exit with 0.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(each for each in (ROOT / "docs").glob("*.md") if each.name != "kill-matrix.md")]
OURS = ("exports-conformance", "pytest")
STALE_EXAMPLE = "deviations.toml"
"""The example of deviations: the simulator does not deviate, which is an error (1) until the file is corrected."""


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command in the shell examples of a page."""
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            if words := shlex.split(line, comments=True):
                yield words


def write_reader_files(folder: Path) -> None:
    """Write the files that a reader has, or made by a command of another page."""
    for name in ("before.har", "after.har", "staging.har"):
        shutil.copy(ROOT / "recordings" / "reference.har", folder / name)
    shutil.copy(ROOT / "docs" / "examples" / "uses.toml", folder / "uses.toml")
    shutil.copy(ROOT / "deviations" / "commercelayer.toml", folder / STALE_EXAMPLE)


@contextmanager
def _served(scripts: Path, words: list[str]) -> Iterator[dict[str, str]]:
    """Serve the simulator as `exports-conformance serve` does, and yield the variables that it prints."""
    command = [str(scripts / "exports-conformance"), *("0" if word == "8080" else word for word in words)]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as run:  # noqa: S603  our own script
        variables: dict[str, str] = {}
        try:
            for line in run.stdout or ():
                variables |= dict(re.findall(r"export (\w+)=(\S+)", line))
                if len(variables) == 4:
                    break
            yield {name: value for name, value in variables.items() if "CLIENT" not in name}
        finally:
            run.send_signal(signal.SIGINT)


def _problem(words: list[str], scripts: Path, folder: Path, variables: dict[str, str]) -> str:
    """Run a command; return what is wrong, empty if nothing is."""
    if words[1:2] == ["serve"]:
        with _served(scripts, words[1:]) as printed:
            return "" if len(printed) == 2 else "prints no variables"
    run = subprocess.run(  # noqa: S603  our own script
        [str(scripts / words[0]), *words[1:]],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    expected = 1 if STALE_EXAMPLE in words else 0
    return "" if run.returncode == expected else f"exits with {run.returncode}: {(run.stdout + run.stderr)[-600:]}"


def main(scripts: Path) -> int:
    """Run all commands; return 1 if one exits with another code than it should, else 0."""
    found = 0
    with TemporaryDirectory() as place, _served(scripts, ["serve", "--port", "0", "--time-scale", "1000"]) as variables:
        folder = Path(place)
        write_reader_files(folder)
        asked = [words for page in PAGES for words in commands(page) if words[0] in OURS and "drift" not in words]
        for words in asked:  # `drift` takes the vendor's document, which is not ours to ship
            if problem := _problem(words, scripts, folder, variables):
                print(f"{shlex.join(words)}: {problem}")  # noqa: T201  the command's output
                found += 1
        print(f"{len(asked)} commands of README and docs, {found} with another exit code than documented")  # noqa: T201  a command
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
