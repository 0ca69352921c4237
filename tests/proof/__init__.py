"""How the suites are measured: every broken server, in every profile and beside a peer."""
