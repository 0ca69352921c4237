"""The pytest plugin that installs itself: inert until the command line of a project names the suites.

Decision: docs/decisions/0074-a-plugin-that-installs-itself.md.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # both take a second to import, which every run of pytest in the project would pay
    from exports_conformance.client.endpoint import Endpoint
    from exports_conformance.reference.pytest_plugin import ServedReference

_SUITES = Path(__file__).parent.parent / "suites"
_NAME = "exports_conformance.suites"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Load the plugin of the suites, with its options, if an argument names them."""
    # It is there already where the command line names it, as the console script does.
    is_ours = early_config.pluginmanager.has_plugin("exports_conformance.run.plugin")
    if not is_ours and any(_names_suites(word, early_config.invocation_params.dir) for word in args):
        settings = import_module("exports_conformance.run.project_settings")
        try:
            import_module("exports_conformance.run.options").check_plugins(early_config)
            args[:0] = settings.settings_words(early_config.rootpath)
        except settings.SettingsError as error:
            raise pytest.UsageError(str(error)) from None
        early_config.pluginmanager.import_plugin("exports_conformance.run.plugin")


def _names_suites(word: str, started_in: Path) -> bool:
    place = word.partition("::")[0]
    if place.startswith("-") or not place.isprintable():
        return False
    path = (started_in / place).resolve()
    return place == _NAME or place.startswith(f"{_NAME}.") or path == _SUITES or _SUITES in path.parents


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of the fixture `exports_reference`."""
    config.addinivalue_line(
        "markers",
        "exports_reference(*variants, **settings): the variants and settings of the reference that the test uses",
    )


@pytest.fixture(name="exports_reference")
def served_reference(request: pytest.FixtureRequest) -> "Iterator[ServedReference]":
    """Serve a new reference on a free port of loopback, and stop it after the test.

    Its variants are the arguments of the marker `exports_reference`, then those of an indirect parameter: one name
    or several. The marker's keywords are the settings of `Reference`. An unknown variant or edition fails the test.
    """
    from exports_conformance.reference.pytest_plugin import served  # noqa: PLC0415  see above

    yield from served(request)


@pytest.fixture(scope="session")
def exports_endpoint() -> "Iterator[Endpoint]":
    """Open the endpoint of the environment, else a reference; delete at the end what was created through it.

    The environment's is that of `COMMERCELAYER_API_ENDPOINT`, with the guards, tags and pace of a live run; an
    organisation outside test mode fails the test.
    """
    with _opened() as endpoint:
        yield endpoint


@contextmanager
def _opened() -> "Generator[Endpoint]":
    opening = import_module("exports_conformance.client.opening")
    if not os.environ.get("COMMERCELAYER_API_ENDPOINT"):
        with opening.open_reference() as endpoint:
            yield endpoint
        return
    limits = import_module("exports_conformance.client.limits").RunLimits(allow_live_mode=False)
    with opening.open_live(limits=limits) as endpoint:
        found = import_module("exports_conformance.client.preflight").preflight(endpoint)
        if found.problem or found.mode != "test":
            pytest.fail(found.problem or f"the mode of the organisation is {found.mode}, not test", pytrace=False)
        yield endpoint
        endpoint.clean()
