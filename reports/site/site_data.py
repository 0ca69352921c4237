"""The files that the pages load when needed: `search.js`, what can be searched, and `examples.js`, real exchanges."""

from collections.abc import Iterable, Sequence

from exports_conformance.contract.error_codes import error_guide
from exports_conformance.contract.open_questions import open_questions
from exports_conformance.contract.requirements import requirements, where_of
from exports_conformance.contract.resources import resource_types
from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports import messages, phrases
from exports_conformance.reports.site.guide_pages import recipes
from exports_conformance.reports.site.sections import SECTIONS
from exports_conformance.reports.site.templating import EXAMPLES_DATA, SEARCH_DATA, data_file
from exports_conformance.results.result import RunResult

SearchEntry = tuple[str, str, str, str, str]
"""The kind of a thing, its title, a text below it, its address in the site, and names that find it exactly."""

_LINE = 600


def search_data() -> str:
    """Return the script with everything that the search of the pages finds; it is the same for every result."""
    return data_file(SEARCH_DATA, [list(each) for each in _entries()])


def _entries() -> Iterable[SearchEntry]:
    for section in SECTIONS:
        argument = section.title.replace("`", "")
        yield "section", argument, _plain(section.summary), f"contract.html#{section.id}", argument
    for error in error_guide().values():
        title = " ".join(filter(None, (str(error.status), error.code, error.meta)))
        text = f"{error.cause} {error.fix} {error.says}"
        yield "error", title, _plain(text), f"errors.html#{error.id}", f"{error.status} {error.code} {error.meta}"
    for name, requirement in requirements().items():
        yield "promise", _plain(requirement.statement), name, f"contract.html#{name}", name
    for question in open_questions().values():
        yield (
            "open question",
            _plain(question.question),
            _plain(question.treated),
            f"contract.html#open_{question.id}",
            question.id,
        )
    for recipe in recipes():
        yield (
            "recipe",
            recipe.title,
            "curl, Python, JavaScript",
            f"recipes.html#{recipe.name}",
            recipe.name.replace("_", " "),
        )
    for kind in resource_types().values():
        fields = ", ".join(kind.fields)
        dotted = " ".join(f"{kind.name}.{field}" for field in kind.fields)
        yield "resource type", kind.name, fields, f"explorer.html?type={kind.name}", f"{kind.name} {dotted}"


def _plain(text: str) -> str:
    return text.replace("`", "")


def examples_data(result: RunResult) -> str:
    """Return the script with the example of each requirement; a message that several show is stored once.

    `texts` are the messages; an example is the place of its request and of its response among them, each with the
    numbers of the lines that are about the requirement.
    """
    result = phrases.bounded(result)
    exchanges, base_url = result.get("exchanges", {}), result["endpoint"]["base_url"]
    texts: dict[str, int] = {}
    examples = {}
    for entry in result["requirements"]:
        exchange = exchanges.get(entry["example"] or "")
        if exchange is None or entry["id"] not in requirements():
            continue
        place = where_of(entry["id"])
        request = messages.request_lines(exchange["request"], place, base_url=base_url, at=exchange["at"])
        response = messages.response_lines(exchange["response"], place)
        examples[entry["id"]] = [*_stored(texts, request), *_stored(texts, response)]
    return data_file(EXAMPLES_DATA, {"texts": list(texts), "examples": examples})


def _stored(texts: dict[str, int], lines: Sequence[messages.MessageLine]) -> tuple[int, list[int]]:
    text = "\n".join(harmless(shortened(line.text, _LINE)) for line in lines)
    marked = [number for number, line in enumerate(lines) if line.tagged]
    return texts.setdefault(text, len(texts)), marked
