"""The page of the variants, made from their docstrings, with an example of a test that uses them."""

from exports_conformance.reference.variants import VARIANTS

CONFTEST = 'pytest_plugins = ["exports_conformance.reference.pytest_plugin"]'

EXAMPLE = '''\
import httpx
import pytest


def create(served):
    """A client of yours; here, the least of one."""
    media = {"Accept": "application/vnd.api+json", "Content-Type": "application/vnd.api+json"}
    return httpx.post(
        f"{served.api_endpoint}/exports",
        json={"data": {"type": "exports", "attributes": {"resource_type": "skus"}}},
        headers={"Authorization": f"Bearer {served.access_token}", **media},
    ).json()["data"]


@pytest.mark.exports_reference("nulls-for-empty", "offsets")
def test_client_reads_null_for_nothing(exports_reference):
    assert create(exports_reference)["attributes"]["includes"] is None


@pytest.mark.parametrize("exports_reference", ["completed-at-once", ("slow", "more-members")], indirect=True)
def test_client_takes_any_status(exports_reference):
    assert create(exports_reference)["attributes"]["status"] in {"pending", "in_progress", "completed"}
'''


def rendered() -> str:
    """Write the page."""
    rows = (f"| `{name}` | {' '.join(VARIANTS[name].summary.split())} |" for name in sorted(VARIANTS))
    return f"""\
# The variants of the reference

Each conforms to the documentation and uses another of its freedoms, or brings the weather of a real deployment. A
client that works with all of them relies on nothing that is not promised. Several go together:
`exports-conformance serve --variant nulls-for-empty,offsets`.

| variant | what it does |
|---|---|
{chr(10).join(rows)}

## In a test of yours

`exports_conformance.reference.pytest_plugin` is a pytest plugin with one fixture. In the topmost `conftest.py`:

```python
{CONFTEST}
```

`exports_reference` serves a reference of the test's own on a free port of loopback, and stops it behind the test. The
marker of that name says which variants it has, the first of them outermost; its keywords are the settings of
`Reference`, such as `edition="7.10"`. An indirect parameter names variants too, for one test with several of them.

```python
{EXAMPLE}```

The fixture gives `api_endpoint`, `access_token`, and the `reference` itself, whose `clock` may be moved and whose
`organisation` may be looked into.
"""
