"""What pydantic found wrong, in words that name the key, never the value."""

from typing import Any

from pydantic import ValidationError


def reasons(error: ValidationError) -> str:
    """Return one clause for each key that is wrong."""
    return "; ".join(_reason(detail) for detail in error.errors(include_input=False))


def _reason(detail: Any) -> str:
    key = str(detail["loc"][0]) if detail["loc"] else ""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return f"the key {key} is missing"
        case "extra_forbidden":
            return f"the key {key} is unknown, remove it"
        case "literal_error":
            return f"{key} must be {context['expected']}"
        case "bool_type":
            return f"{key} must be true or false"
        case "int_type" | "greater_than_equal":
            return f"{key} must be a whole number, 0 or more"
        case "list_type":
            return f"{key} must be a list of texts"
        case "string_too_short":
            return f"{key} must not be empty"
        case "string_pattern_mismatch" if context.get("pattern") == "@":
            return f"{key} must be an e-mail address"
        case "string_pattern_mismatch":
            return f"{key} must be of letters, digits, at signs and . _ + = - only"
        case "string_too_long":
            return f"{key} must be shorter"
        case "value_error":
            return f"{key} {context['error']}".strip()
        case _:
            return f"{key} must be a text"
