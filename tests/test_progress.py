"""Progress: how far a run is, how fast it goes and how long it still takes, in a line that does not flood a log."""

import pytest

from exports_conformance.run.progress import SILENT, Progress


class Terminal:
    """Stands in for pytest's reporter; keeps what is written to it."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty = isatty
        self.said: list[str] = []
        self.current = ""

    def rewrite(self, line: str, *, erase: bool) -> None:
        """Replace the current line."""
        assert erase
        self.current = line

    def write_line(self, line: str) -> None:
        """Write a line."""
        self.said.append(line)

    def flush(self) -> None:
        """Do nothing."""

    def ensure_newline(self) -> None:
        """Do nothing."""


class Scene:
    """A run of some tests whose clock is moved by hand."""

    def __init__(self, *, tests: int = 4, isatty: bool = False) -> None:
        self.now = 1000.0
        self.terminal = Terminal(isatty=isatty)
        self.progress = Progress(self.terminal, tests=tests, clock=lambda: self.now)  # type: ignore[arg-type]  # stands for it

    def send(self, number: int, *, seconds: float = 0.0) -> None:
        """Let a request be sent so often, and so much time pass before each."""
        for _ in range(number):
            self.now += seconds
            self.progress.sent(left=0)


def test_first_request_shows_no_estimate() -> None:
    scene = Scene()
    scene.send(1, seconds=1)
    assert scene.progress.line(left=0) == "0 of 4 tests, 1 request, 60 a minute"


@pytest.mark.parametrize(
    ("done", "asked", "left", "says"),
    [
        (1, 50, 0, "1 of 4 tests, 50 requests, 120 a minute, about 1 min 15 s left"),  # 150 more, each 0.5 s
        (4, 50, 0, "4 of 4 tests, 50 requests, 120 a minute, about 0 s left"),
        (4, 50, 150, "4 of 4 tests, 50 requests, 120 a minute, about 1 min 15 s left"),
    ],
)
def test_progress_line_has_progress_pace_and_time_left(done: int, asked: int, left: int, says: str) -> None:
    scene = Scene()
    scene.send(asked, seconds=0.5)
    for _ in range(done):
        scene.progress.tested()
    assert scene.progress.line(left=left) == says


@pytest.mark.parametrize(
    ("done", "left", "says"),
    [
        (1, 0, "about 5 min 0 s left"),  # a quarter took 100 s, waits included
        (2, 0, "about 1 min 40 s left"),
        (4, 0, "about 0 s left"),
        (4, 10, "about 20 s left"),  # ten exports to delete, at two seconds a request
    ],
)
def test_time_left_includes_waits_and_the_clean_up(done: int, left: int, says: str) -> None:
    scene = Scene()
    scene.send(49, seconds=0.1)
    scene.send(1, seconds=95.1)  # a wait for the rate limit
    for _ in range(done):
        scene.progress.tested()
    assert scene.progress.line(left=left).endswith(says)


def test_pace_of_the_first_moment_is_not_exaggerated() -> None:
    scene = Scene()
    scene.send(2, seconds=0.01)
    assert "120 a minute" in scene.progress.line(left=0)


def test_log_has_a_line_now_and_then() -> None:
    scene = Scene()
    scene.send(59, seconds=SILENT / 30)
    assert len(scene.terminal.said) == 1
    scene.send(1, seconds=SILENT / 30)
    assert scene.terminal.said == ["0 of 4 tests, 30 requests, 60 a minute", "0 of 4 tests, 60 requests, 60 a minute"]
    scene.progress.end()
    assert scene.terminal.current == ""


def test_terminal_has_one_line_that_changes_and_goes() -> None:
    scene = Scene(isatty=True)
    scene.send(3, seconds=1)
    assert (scene.terminal.current, scene.terminal.said) == ("0 of 4 tests, 3 requests, 60 a minute", [])
    scene.progress.end()
    assert scene.terminal.current == ""
