"""What each predicate of filters means, in words that follow the name of an attribute."""

_MEANINGS = {
    "eq": "equals the value",
    "not_eq": "differs from the value",
    "matches": "matches the pattern, in which % stands for any text",
    "does_not_match": "does not match the pattern, in which % stands for any text",
    "lt": "is less than the value, or before it",
    "lteq": "is at most the value, or not after it",
    "gt": "is more than the value, or after it",
    "gteq": "is at least the value, or not before it",
    "present": "is neither null nor empty",
    "blank": "is null or empty",
    "null": "is null",
    "not_null": "is not null",
    "in": "is one of the values",
    "not_in": "is none of the values",
    "start": "begins with the value",
    "not_start": "does not begin with the value",
    "end": "ends with the value",
    "not_end": "does not end with the value",
    "cont": "contains the value",
    "not_cont": "does not contain the value",
    "jcont": "contains the members of this JSON object",
    "true": "is true",
    "false": "is false",
}
_SUFFIXES = {
    "_or_null": ", or is null",
    "_any": ", for any of the values",
    "_all": ", for all of the values",
}


def predicate_meaning(name: str) -> str:
    """Return what a predicate means.

    Raises:
        KeyError: the predicate is unknown.
    """
    if name in _MEANINGS:
        return _MEANINGS[name]
    suffix = next((each for each in _SUFFIXES if name.endswith(each)), "")
    return _MEANINGS[name.removesuffix(suffix)] + _SUFFIXES.get(suffix, "")
