"""Clients of the exports API: live and recorded endpoints, and all that a request needs on its way.

A test works with an endpoint:

- `opening`: opens an `endpoint` of each kind; `settings` of a live one; `preflight` checks one with few reads
- `endpoint`: the operations on exports
- `running`: follows exports to their end, counts those that run, and interrupts ours to make room
- `controls`: further requests that show whether the reason for a refusal holds
- `cleanup`: finds and deletes what the run created, and looks again

A request passes through:

- `sender`: tags it, writes it to the ledger, and retries it after environment errors
- `tagging`: how a body gets its tag, and the queries that find its export by the tag
- `ownership`: which exports are ours; `guards`: requests that must not be sent
- `limits`: budgets of requests, exports and retries; `pacing`: the documented rate limits; `token`: the access token
- `client`: where requests leave and responses come in; `transport`: one HTTP exchange, bounded in time and size
- `network`: the connections below it, through proxies, ended by a deadline
- `earlier`: what earlier responses showed of the same exports
- `storage`: downloads the files of exports from addresses that are not trusted

What is kept, and what was recorded:

- `redaction`: removes secrets, and searches for those that are left; `foreign`: reduces data of others
- `recorded`: an endpoint that serves a recording; `replaying`: sends a recording to another endpoint
"""
