"""What ties a run together: its configuration, its session, and the pytest plugin.

- `installed`: the plugin that pytest loads in any project; `plugin`: that of the suites; `fixtures`: theirs
- `options`, `project_settings`, `configuration`: what a command line, `pyproject.toml` and the environment say
- `collection`, `choosing`: which tests run, in which order, and how many examples each draws
- `session`: from opening the endpoint to the reports; `run`: judges each exchange and decides which tests fail
- `progress`: the line that changes, and the plan; `localising`: further requests that narrow a fault down
- `recordings`: a recording that is judged, or sent again at the upgrade gate; `reproducing`: a fault sent again
- `concluding`: a journal becomes a result, reports and an exit code; `report_folder`: where these are written

Decision: docs/decisions/0001-run-and-cli-import-everything.md.
"""
