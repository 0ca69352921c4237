"""The page about the variants, made from their summaries, with an example of a test that uses them."""

from exports_conformance.reference.variants import VARIANTS

CONFTEST = 'pytest_plugins = ["exports_conformance.reference.pytest_plugin"]'

EXAMPLE = '''\
import httpx
import pytest


def create(served):
    """Stands for the client under test."""
    media = {"Accept": "application/vnd.api+json", "Content-Type": "application/vnd.api+json"}
    return httpx.post(
        f"{served.api_endpoint}/exports",
        json={"data": {"type": "exports", "attributes": {"resource_type": "skus"}}},
        headers={"Authorization": f"Bearer {served.access_token}", **media},
    ).json()["data"]


@pytest.mark.exports_reference("nulls-for-empty", "offsets")
def test_client_reads_null_as_empty(exports_reference):
    assert create(exports_reference)["attributes"]["includes"] is None


@pytest.mark.parametrize("exports_reference", ["completed-at-once", ("slow", "more-members")], indirect=True)
def test_client_accepts_any_status(exports_reference):
    assert create(exports_reference)["attributes"]["status"] in {"pending", "in_progress", "completed"}
'''


def rendered() -> str:
    """Return the page in Markdown."""
    rows = (f"| `{name}` | {' '.join(VARIANTS[name].summary.split())} |" for name in sorted(VARIANTS))
    advice = (
        f"| `{name}` | {', '.join(f'`{each}`' for each in sorted(VARIANTS[name].advice))} |"
        for name in sorted(VARIANTS)
        if VARIANTS[name].advice
    )
    return f"""\
# The variants of the reference

Each variant conforms to the documentation and uses another freedom that it leaves, or adds the environment of a real
deployment. A client that works with all of them relies on documented promises only. Several can be combined:
`exports-conformance serve --variant nulls-for-empty,offsets`.

| variant | what it does |
|---|---|
{chr(10).join(rows)}

Some do not follow every recommendation, as reports show; `--fail-on advice` would fail them:

| variant | recommendations that it does not follow |
|---|---|
{chr(10).join(advice)}

## In your own tests

`exports_conformance.reference.pytest_plugin` is a pytest plugin with one fixture. Load it in the topmost `conftest.py`:

```python
{CONFTEST}
```

The fixture `exports_reference` serves a new reference on a free port of loopback, and stops it after the test. The
marker of the same name lists its variants, the first outermost; the marker's keywords are the settings of `Reference`,
such as `edition="7.10"`. An indirect parameter names variants too, so that one test can run with several.

```python
{EXAMPLE}```

The fixture has `api_endpoint`, `access_token`, and `reference`: a test may move its `clock` and inspect its
`organisation`.
"""
