"""Reports: what people read about a run.

- `writing`: writes every report of a result into one folder
- `phrases`: the sentences about a result, and what is said about one fault, that all reports share
- `messages`: requests and responses as lines, with the relevant lines tagged
- `places`: where in a request or response a requirement can be seen
- `history`: when each requirement was last verified, per endpoint; `run_lines`: a line for each run
- `kill_matrix`: the broken servers that prove the suite
- `site/`: HTML pages
- `text/`: terminal, GitHub, JUnit, ticket
- `comparison/`: the reports of a comparison of two runs
"""
