"""The documented errors: their statuses, codes, titles, details and pointers."""

from collections.abc import Iterable

from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import ServerResponse

ErrorObject = dict[str, Json]


class RefusedError(Exception):
    """Ends the handling of a request; carries the error response, a JSON:API document unless one is given."""

    def __init__(
        self,
        status: int,
        errors: Iterable[ErrorObject] = (),
        *,
        headers: Iterable[tuple[str, str]] = (),
        response: ServerResponse | None = None,
    ) -> None:
        listed = list(errors)
        super().__init__(status, listed)
        written = ServerResponse(status, (("content-type", JSON_API), *headers), {"errors": listed})
        self.response = response or written


def error_object(status: int, code: str, title: str, detail: str) -> ErrorObject:
    """Return an error object without a `source`."""
    return {"title": title, "detail": detail, "code": code, "status": str(status)}


def api_error(status: int, code: str, title: str, detail: str, **headers: str) -> RefusedError:
    """Return the exception for a response with one error; keywords are headers, with `_` for `-`."""
    listed = ((name.replace("_", "-"), value) for name, value in headers.items())
    return RefusedError(status, [error_object(status, code, title, detail)], headers=listed)


def invalid(attribute: str, kind: str, message: str, **meta: Json) -> ErrorObject:
    """Return a validation error that points at the attribute, or at `/data` if the attribute is "".

    `kind` becomes `meta.error`; keywords such as `value` and `count` become further members of `meta`.
    """
    return {
        **error_object(422, "VALIDATION_ERROR", message, f"{attribute or 'base'} - {message}"),
        "source": {"pointer": f"/data/attributes/{attribute}" if attribute else "/data"},
        "meta": {"error": kind, **meta},
    }


def not_allowed(name: str, pointer: str) -> ErrorObject:
    """Return the error object of a member that a request must not have."""
    return {
        **error_object(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not allowed."),
        "source": {"pointer": pointer},
    }


def malformed(detail: str) -> RefusedError:
    """Return the 400 of a body that is not a JSON:API document."""
    return api_error(400, "INVALID_DATA_FORMAT", "Invalid data format", detail)


def missing(name: str) -> RefusedError:
    """Return the 400 of a document without a required member."""
    return api_error(400, "PARAM_MISSING", "Missing parameter", f"The required parameter, {name}, is missing.")


def not_found() -> RefusedError:
    """Return the 404 of an unknown path or id."""
    detail = "The requested resource was not found. Please double-check the resource id."
    return api_error(404, "RECORD_NOT_FOUND", "Record not found", detail)


def crashed() -> RefusedError:
    """Return the 500 of an error that the application did not expect."""
    return api_error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error", "Internal Server Error")


def invalid_token() -> RefusedError:
    """Return the 401 of a token that is missing, malformed, unknown or expired."""
    detail = "The access token you provided is invalid."
    return api_error(401, "INVALID_TOKEN", "Invalid token", detail, www_authenticate="Bearer")


def unauthorized() -> RefusedError:
    """Return the 401 of a valid token whose application lacks the permission."""
    detail = "You are not authorized to perform this action on the requested resource."
    return api_error(401, "UNAUTHORIZED", "Access denied", detail)


def too_large(limit: int) -> RefusedError:
    """Return the 413 of a body over the limit."""
    detail = f"The body is larger than {limit} bytes."
    return api_error(413, "INVALID_DATA_FORMAT", "Payload too large", detail)


def locked(export_id: str) -> RefusedError:
    """Return the 423 of deleting an export that is running."""
    return api_error(423, "LOCKED", "Locked resource", f"Failed to destroy Export with id={export_id}")
