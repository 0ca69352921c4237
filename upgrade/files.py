"""Files: in what the file of an export differs from that of another one like it."""

from collections.abc import Iterator

from exports_conformance.exchange.model import File
from exports_conformance.upgrade.finding import ABSENT, Finding


def of_files(was: File, is_now: File) -> Iterator[Finding]:
    """Give the differences of two files, how many records there are and which apart."""
    if (was.form, was.layers, bool(was.problem)) != (is_now.form, is_now.layers, bool(is_now.problem)):
        yield Finding("document", "", _said(was), _said(is_now))
        return
    if not (was.records and is_now.records):
        return  # what has no record has no name either
    for name in dict.fromkeys((*was.names, *is_now.names)):
        if name not in was.names:
            yield Finding("member added", _at(name), ABSENT, "in every record")
        elif name not in is_now.names:
            yield Finding("member removed", _at(name), "in every record", ABSENT)


def _at(name: str) -> str:
    return "/file/*/" + name.replace("~", "~0").replace("/", "~1")


def _said(file: File) -> str:
    packed = {0: "not gzipped", 1: "gzipped once"}.get(file.layers, f"gzipped {file.layers} times")
    return f"no file of records: {file.problem}" if file.problem else f"a {file.form} file, {packed}"
