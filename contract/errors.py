"""The error that a faulty contract raises."""


class ContractError(Exception):
    """A part of the contract cannot be used; the message names the place, the thing and the remedy."""
