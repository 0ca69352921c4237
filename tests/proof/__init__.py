"""What proves the suites: every broken server asked again and again, beside a peer, and what came of it."""
