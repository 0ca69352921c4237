"""Reports: what people read about a run.

- `writing`: writes every report of a result into one folder
- `phrases`: the sentences about a result, and what is said about one fault, that all reports share
- `messages`: requests and responses as lines, with the relevant lines tagged
- `history`: when each requirement was last verified, per endpoint, and a line for each run
- `kill_matrix`: the broken servers that prove the suite
- `site/`: HTML pages, that of a comparison included
- `text/`: terminal, GitHub, JUnit, ticket, comparison, drift
"""
