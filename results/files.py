"""Writing files atomically and without following symbolic links."""

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkstemp


def write_file(file: Path, content: bytes | str | Iterable[str], *, mode: int = 0o644) -> None:
    """Write a temporary file and rename it; a symbolic link in its place is replaced, not followed.

    Raises:
        OSError: the file cannot be written; what was there before stays.
    """
    pieces = [content] if isinstance(content, bytes | str) else content
    number, name = mkstemp(dir=file.parent, prefix=f".{file.name}.")
    aside = Path(name)
    try:
        with os.fdopen(number, "wb") as opened:
            opened.writelines(piece if isinstance(piece, bytes) else piece.encode("utf-8") for piece in pieces)
        aside.chmod(mode)
        aside.replace(file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
