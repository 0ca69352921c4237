"""The console script: `main` chooses a command, and `console` prints for all of them.

- `run`: runs the suites, and plans a run; `check`, `clean`: a live endpoint before and after
- `report`: a result rendered again, as a ticket, or reproduced
- `recording`: shows a recording, or recovers one from a journal
- `compare`: two or more runs; `drift`: a published document and our contract
- `serve`: the reference as a server
"""
