"""What a run keeps: journal, ledger, recordings, evidence, verdicts and result.json."""
