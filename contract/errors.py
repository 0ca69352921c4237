"""The error of a faulty contract."""


class ContractError(Exception):
    """A part of the contract cannot be used; the message names the place, the problem and the remedy."""
