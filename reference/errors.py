"""Refusals and their error documents: titles, codes, statuses and pointers of the documented errors."""

from collections.abc import Iterable

from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import ServerResponse

ErrorObject = dict[str, Json]


class RefusedError(Exception):
    """A request is refused; carries the whole answer."""

    def __init__(self, status: int, errors: Iterable[ErrorObject], *, headers: Iterable[tuple[str, str]] = ()) -> None:
        listed = list(errors)
        super().__init__(status, listed)
        self.response = ServerResponse(status, (("content-type", JSON_API), *headers), {"errors": listed})


def error_object(status: int, code: str, title: str, detail: str) -> ErrorObject:
    """Give an error object without a source."""
    return {"title": title, "detail": detail, "code": code, "status": str(status)}


def api_error(status: int, code: str, title: str, detail: str, **headers: str) -> RefusedError:
    """Give a refusal with one error and, by keyword, headers."""
    listed = ((name.replace("_", "-"), value) for name, value in headers.items())
    return RefusedError(status, [error_object(status, code, title, detail)], headers=listed)


def invalid(attribute: str, kind: str, message: str, **meta: Json) -> ErrorObject:
    """Give a validation error: it points at the attribute, or at `/data` where the attribute is empty.

    `kind` goes to `meta.error`; further `meta`, such as `value` and `count`, by keyword.
    """
    return {
        **error_object(422, "VALIDATION_ERROR", message, f"{attribute or 'base'} - {message}"),
        "source": {"pointer": f"/data/attributes/{attribute}" if attribute else "/data"},
        "meta": {"error": kind, **meta},
    }


def not_allowed(name: str, pointer: str) -> ErrorObject:
    """Give the error of a member that the request must not have."""
    return {
        **error_object(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not allowed."),
        "source": {"pointer": pointer},
    }


def malformed(detail: str) -> RefusedError:
    """Give the refusal of a body that is no document."""
    return api_error(400, "INVALID_DATA_FORMAT", "Invalid data format", detail)


def missing(name: str) -> RefusedError:
    """Give the refusal of a document without a required member."""
    return api_error(400, "PARAM_MISSING", "Missing parameter", f"The required parameter, {name}, is missing.")


def not_found() -> RefusedError:
    """Give the refusal of a path or an id that nothing has."""
    detail = "The requested resource was not found. Please double-check the resource id."
    return api_error(404, "RECORD_NOT_FOUND", "Record not found", detail)


def method_not_allowed(method: str, allowed: Iterable[str]) -> RefusedError:
    """Give the refusal of a method that the path does not have."""
    detail = f"{method} is not allowed on this path."
    return api_error(405, "PARAM_NOT_ALLOWED", "Method not allowed", detail, allow=", ".join(allowed))


def invalid_token() -> RefusedError:
    """Give the refusal of a token that is missing, malformed, unknown or expired."""
    detail = "The access token you provided is invalid."
    return api_error(401, "INVALID_TOKEN", "Invalid token", detail, www_authenticate="Bearer")


def unauthorized() -> RefusedError:
    """Give the refusal of a valid token whose application may not do this."""
    detail = "You are not authorized to perform this action on the requested resource."
    return api_error(401, "UNAUTHORIZED", "Access denied", detail)


def too_large(limit: int) -> RefusedError:
    """Give the refusal of a body beyond the limit."""
    detail = f"The body is larger than {limit} bytes."
    return api_error(413, "INVALID_DATA_FORMAT", "Payload too large", detail)


def locked(export_id: str) -> RefusedError:
    """Give the refusal to delete an export that is running."""
    return api_error(423, "LOCKED", "Locked resource", f"Failed to destroy Export with id={export_id}")
