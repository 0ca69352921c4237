"""A call: one request that is being answered, with everything that the answer depends on."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.policy import Policy
from exports_conformance.reference.query import Parameters, parameters
from exports_conformance.reference.responses import Ask


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, when, of whom, and by which policy it is answered."""

    ask: Ask
    now: datetime
    organisation: Organisation
    policy: Policy

    @property
    def api(self) -> str:
        """The base of every address of the API."""
        return f"{self.ask.base_url}/api"

    @property
    def parameters(self) -> Parameters:
        """The parameters of the query string."""
        return parameters(self.ask.query)

    def meta(self) -> dict[str, Json]:
        """Give the meta of a resource object; each has a trace of its own."""
        organisation = self.organisation
        return {"mode": organisation.mode, "organization_id": organisation.id, "trace_id": secrets.token_hex(32)}
