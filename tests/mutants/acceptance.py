"""Servers that refuse what the documentation allows."""

from exports_conformance.contract.judge.acceptance import ARGUMENTS
from exports_conformance.contract.strict_json import Json
from exports_conformance.endpoints.reference.answers import Answer, Ask, Respond
from tests.mutants.mutant import breaks, is_creation, refused, sent


@breaks("create-at-exports")
def nothing_at_exports(ask: Ask, respond: Respond) -> Answer:
    """Has no POST at /api/exports."""
    answer = respond(ask)
    if is_creation(ask) and answer.status == 201:
        return refused(404, "RECORD_NOT_FOUND")
    return answer


@breaks("create-needs-only-resource-type")
def demands_a_format(ask: Ask, respond: Respond) -> Answer:
    """Demands a format where the documentation has a default."""
    answer = respond(ask)
    if is_creation(ask) and answer.status == 201 and set(sent(ask)) == {"resource_type"}:
        return refused(422, "VALIDATION_ERROR", pointer="/data/attributes/format")
    return answer


@breaks("create-accepts-documented")
def combination_crashes(ask: Ask, respond: Respond) -> Answer:
    """Crashes where fields and includes meet."""
    if is_creation(ask) and sent(ask).get("fields") and sent(ask).get("includes"):
        answer = respond(ask)
        return refused(500, "INTERNAL_SERVER_ERROR") if answer.status == 201 else answer
    return respond(ask)


@breaks("create-accepts-documented")
def dry_csv_is_refused(ask: Ask, respond: Respond) -> Answer:
    """Refuses dry data in csv, without a word why."""
    answer = respond(ask)
    if answer.status == 201 and sent(ask).get("format") == "csv" and sent(ask).get("dry_data"):
        return refused(400, "PARAM_NOT_ALLOWED")
    return answer


def _refuses(argument: str) -> None:
    def middleware(ask: Ask, respond: Respond) -> Answer:
        answer = respond(ask)
        value: Json = sent(ask).get(argument)
        if is_creation(ask) and answer.status == 201 and value not in (None, [], {}, "", "skus"):
            return refused(422, "VALIDATION_ERROR", pointer=f"/data/attributes/{argument}")
        return answer

    called = argument.replace("_", "-")
    breaks(f"argument-{called}-accepted", f"{called}-refused", summary=f"Refuses any `{argument}`.")(middleware)


for _argument in ARGUMENTS:
    _refuses(_argument)


@breaks("refusal-true")
def every_csv_is_empty(ask: Ask, respond: Respond) -> Answer:
    """Calls every selection empty that is asked for as csv."""
    answer = respond(ask)
    if is_creation(ask) and answer.status == 201 and sent(ask).get("format") == "csv":
        empty = refused(422, "VALIDATION_ERROR", pointer="/data/attributes/records_count")

        def edit(document: Json) -> None:
            document["errors"][0]["meta"] = {"error": "greater_than", "value": 0, "count": 0}

        return empty.edited(edit)
    return answer


@breaks("refusal-true")
def dry_data_has_too_many(ask: Ask, respond: Respond) -> Answer:
    """Calls every selection too large that is asked for as dry data."""
    answer = respond(ask)
    if is_creation(ask) and answer.status == 201 and sent(ask).get("dry_data"):
        large = refused(422, "VALIDATION_ERROR", pointer="/data/attributes/records_count")

        def edit(document: Json) -> None:
            document["errors"][0]["meta"] = {"error": "less_than_or_equal_to", "value": 20_000, "count": 10_000}

        return large.edited(edit)
    return answer


@breaks("create-accepts-documented")
def queue_is_said_to_be_full(ask: Ask, respond: Respond) -> Answer:
    """Refuses csv for the number of running exports, of which there are few."""
    answer = respond(ask)
    if is_creation(ask) and answer.status == 201 and sent(ask).get("format") == "csv":
        return refused(422, "VALIDATION_ERROR", pointer="/data")
    return answer


@breaks("empty-selection-named")
def empty_without_a_name(ask: Ask, respond: Respond) -> Answer:
    """Refuses an empty selection without saying which comparison failed."""
    answer = respond(ask)

    def edit(document: Json) -> None:
        for error in document["errors"]:
            error.pop("meta", None)

    empty = answer.status == 422 and b"records_count" in answer.body
    return answer.edited(edit) if empty else answer
