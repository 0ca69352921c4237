"""The house: what is where, what imports what, and which names break the rules; `make house` prints it.

Decision: docs/decisions/0090-how-large-a-module-is.md.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.test_layering import ALLOWED, PACKAGE, ROOT

FOLDERS = (*ALLOWED, "tests")
PROGRAMS = "recipes"
"""A folder of programs that users copy: each has its own names."""

_SILENCED = re.compile(r"# noqa(: [A-Z0-9]+(, [A-Z0-9]+)*)?$")

RULE_KEYS = frozenset({"shape", "echoes", "default", "accepts", "filled_when", "relationship"})
"""Keys of a requirement's table that stand for its whole rule."""


def modules(folder: str, root: Path = ROOT) -> list[Path]:
    """Return the modules of a top folder, relative to the root."""
    found = (file.relative_to(root) for file in (root / folder).rglob("*.py"))
    return sorted(file for file in found if not {"node_modules", PROGRAMS} & set(file.parts))


def imports(root: Path = ROOT, *, at_once: bool = False) -> dict[str, set[str]]:
    """Return the modules of the package that each of its modules imports, by their dotted names.

    With `at_once`, only those that are imported with the module, and not later by a function.
    """
    names = {_dotted(module) for folder in ALLOWED for module in modules(folder, root)}
    return {
        _dotted(module): set(_imported(root / module, names, at_once=at_once)) - {_dotted(module)}
        for folder in ALLOWED
        for module in modules(folder, root)
    }


def _dotted(module: Path) -> str:
    parts = module.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(file: Path, names: set[str], *, at_once: bool) -> Iterator[str]:
    for node in _tree(file).body if at_once else ast.walk(_tree(file)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}."):
            base = (node.module or "").removeprefix(f"{PACKAGE}.")
            for alias in node.names:
                yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in names else base
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix(f"{PACKAGE}.") for alias in node.names if alias.name.startswith(f"{PACKAGE}.")
            )


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def arrows(graph: Mapping[str, set[str]]) -> dict[tuple[str, str], int]:
    """Return how many modules of a folder import another folder, by the two."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for module, imported in graph.items():
        here = module.partition(".")[0]
        for there in {name.partition(".")[0] for name in imported} - {here}:
            counted[here, there] += 1
    return dict(counted)


def longest_chain(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the longest chain of modules that import each other, and no module twice.

    Raises:
        ValueError: modules import each other in a circle; the message shows it.
    """
    known: dict[str, list[str]] = {}

    def chain(module: str, above: tuple[str, ...]) -> list[str]:
        if module in above:
            raise ValueError(f"modules import each other: {' -> '.join((*above[above.index(module) :], module))}")
        if module not in known:
            below = [chain(name, (*above, module)) for name in sorted(graph.get(module, ()))]
            known[module] = [module, *max(below, key=len, default=[])]
        return known[module]

    return max((chain(module, ()) for module in sorted(graph)), key=len)


def collisions(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the public names that several modules define at their top level, with these modules.

    Hooks of pytest are left out: it finds them by their names.
    """
    defined: dict[str, list[str]] = defaultdict(list)
    for folder in ALLOWED:
        for module in modules(folder, root):
            for name in dict.fromkeys(_defined(root / module)):
                if not name.startswith(("_", "pytest_")):
                    defined[name].append(str(module))
    return {name: places for name, places in sorted(defined.items()) if len(places) > 1}


def _defined(file: Path) -> Iterator[str]:
    for node in _tree(file).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def not_literal(root: Path = ROOT) -> list[str]:
    """Return the requirement ids that no suite, rule or strategy writes out.

    A requirement whose table holds its whole rule is written out there.
    """
    contract = tomllib.loads((root / "contract" / "requirements.toml").read_text(encoding="utf-8"))
    tables = {name: table for name, table in contract.items() if isinstance(table, dict)}
    written = {text for folder in ("suites", "rules", "strategies") for text in _texts(folder, root)}
    return [name for name, table in tables.items() if name not in written and not RULE_KEYS & table.keys()]


def _texts(folder: str, root: Path) -> Iterator[str]:
    for module in modules(folder, root):
        for node in ast.walk(_tree(root / module)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def unmapped(root: Path = ROOT) -> list[str]:
    """Return the modules that the docstring of their package, its map, does not name; the tests of the suites apart."""
    found = []
    for init in (root / module for folder in ALLOWED for module in modules(folder, root) if module.stem == "__init__"):
        named = ast.get_docstring(_tree(init)) or ""
        beside = sorted(file for file in init.parent.glob("*.py") if not file.stem.startswith(("__", "test_")))
        found += [str(each.relative_to(root)) for each in beside if f"{each.stem}`" not in named]
    return found


def unexplained(root: Path = ROOT) -> list[str]:
    """Return the lines that silence a rule of ruff without a reason, as `file:line`."""
    return [
        f"{module}:{number}"
        for folder in FOLDERS
        for module in modules(folder, root)
        for number, line in enumerate((root / module).read_text(encoding="utf-8").splitlines(), 1)
        if _SILENCED.search(line)
    ]


def lines(root: Path = ROOT) -> dict[str, tuple[int, int]]:
    """Return the number of modules and of lines of each folder."""
    return {
        folder: (
            len(modules(folder, root)),
            sum(len((root / module).read_text(encoding="utf-8").splitlines()) for module in modules(folder, root)),
        )
        for folder in FOLDERS
    }


def printed(root: Path = ROOT) -> Iterator[str]:
    """Yield the lines that `make house` prints."""
    sizes, graph = lines(root), imports(root)
    yield "folder        modules   lines"
    for folder, (count, length) in sizes.items():
        yield f"{folder:<12} {count:>8} {length:>7}"
    product = [size for folder, size in sizes.items() if folder != "tests"]
    yield f"{'product':<12} {sum(count for count, _ in product):>8} {sum(length for _, length in product):>7}"
    programs = [file for folder in ALLOWED for file in (root / folder).rglob("*.py") if PROGRAMS in file.parts]
    yield f"beside the product: {len(programs)} programs that pages show to readers"
    yield "\nimports between folders"
    for (here, there), count in sorted(arrows(graph).items()):
        yield f"{here:<11} -> {there:<11} {count:>3}  {'down' if there in ALLOWED[here] else 'AGAINST THE LAYERS'}"
    yield from _section("the longest chain of imports", longest_chain(imports(root, at_once=True)))
    yield from _section(
        "public names with several meanings", [f"{k}: {', '.join(v)}" for k, v in collisions(root).items()]
    )
    yield from _section("requirement ids that are not written out", not_literal(root))
    yield from _section("modules that the map of their package lacks", unmapped(root))
    yield from _section("rules of ruff that are silenced without a reason", unexplained(root))


def _section(title: str, found: Sequence[str]) -> Iterator[str]:
    yield f"\n{title}: {len(found)}"
    yield from (f"  {line}" for line in found)


if __name__ == "__main__":
    for line in printed():
        print(line)  # noqa: T201  a command
