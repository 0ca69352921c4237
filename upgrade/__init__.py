"""Before against after: compares runs, detects drift of the published documents, and knows what a client uses.

- `sides`: the two runs, with their verdicts; `pairing`: the exchanges of both that have the same request
- `steady`: a response without what may differ each time; `differing`: how two responses differ; `discrepancy`: one
  such difference, or one between two files
- `classifying`: what a difference means for a client; `usage`: whether it breaks one with this `uses.toml`
- `comparing`: every difference once, with its witness; `causes`: those with one cause as one entry
- `document`: `comparison.json`, from which every report is rendered; `verdict_matrix`: the verdicts of several runs
- `drift/`: published documents against our contract, or against each other
"""
