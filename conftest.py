"""Names the plugin, so that `pytest suites` works in a checkout."""

pytest_plugins = ["exports_conformance.run.plugin"]
