"""What the template's roles permit, by the rules of IAM, as far as they are used there.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html : what no
statement allows is denied. The local AWS enforces roles, but does not know `dynamodb:LeadingKeys`.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

NO_VALUE = object()


class Template:
    """A template with its references put in.

    Args:
        template: In CloudFormation's long forms.
        parameters: Of AWS's own and the template's; defaults stand for those that are not given.
    """

    def __init__(self, template: dict[str, Any], **parameters: str) -> None:
        self._template = template
        self._values = {
            name: str(parameter.get("Default", ""))
            for name, parameter in template["Parameters"].items()
        }
        self._values |= {
            "AWS::Partition": "aws",
            "AWS::Region": "eu-west-3",
            "AWS::AccountId": "123456789012",
            "AWS::StackName": "content-sync",
            **parameters,
        }

    def statements(self, role: str) -> list[dict[str, Any]]:
        """Return all statements of a role's own policies."""
        properties = self._template["Resources"][role]["Properties"]
        return [
            self.resolved(statement)
            for policy in properties["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
            if self.resolved(statement) is not NO_VALUE
        ]

    def resolved(self, value: Any) -> Any:
        """Return anything of the template with its references put in."""
        if isinstance(value, list):
            return [one for one in map(self.resolved, value) if one is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        match list(value.items()):
            case [("Ref", "AWS::NoValue")]:
                return NO_VALUE
            case [("Ref", name)]:
                return self._values[name]
            case [("Fn::Sub", text)]:
                return re.sub(r"\$\{([^}]+)\}", self._put_in, text)
            case [("Fn::GetAtt", [name, attribute])]:
                return f"{name}.{attribute}"
            case [("Fn::Join", [between, parts])]:
                return between.join(self.resolved(parts))
            case [("Fn::If", [condition, then, other])]:
                return self.resolved(then if self.holds(condition) else other)
        resolved = {name: self.resolved(one) for name, one in value.items()}
        return {name: one for name, one in resolved.items() if one is not NO_VALUE}

    def _put_in(self, found: re.Match[str]) -> str:
        # `${!Literal}` stands for itself, less the mark.
        literal = found[1].startswith("!")
        return f"${{{found[1][1:]}}}" if literal else self._values[found[1]]

    def holds(self, name: str) -> bool:
        """Tell whether a condition of the template holds."""
        return self._is_true(self._template["Conditions"][name])

    def _is_true(self, condition: dict[str, Any]) -> bool:
        match list(condition.items()):
            case [("Condition", name)]:
                return self.holds(name)
            case [("Fn::Equals", [left, right])]:
                return bool(self.resolved(left) == self.resolved(right))
            case [("Fn::Not", [one])]:
                return not self._is_true(one)
            case [("Fn::And", ones)]:
                return all(map(self._is_true, ones))
            case [("Fn::Or", ones)]:
                return any(map(self._is_true, ones))
        raise AssertionError(condition)


@dataclass(frozen=True)
class Request:
    """What is asked of AWS.

    Attributes:
        action: Such as `dynamodb:GetItem`.
        resource: Its ARN, or `StateTable.Arn` for one of the template's own.
        leading_key: The partition key of the item or query.
    """

    action: str
    resource: str
    leading_key: str | None = None


def is_allowed(statements: list[dict[str, Any]], request: Request) -> bool:
    """Tell whether any statement allows a request."""
    return any(_allows(statement, request) for statement in statements)


def _allows(statement: dict[str, Any], request: Request) -> bool:
    assert statement["Effect"] == "Allow"
    return (
        any(fnmatchcase(request.action, one) for one in _many(statement["Action"]))
        and any(fnmatchcase(request.resource, one) for one in _many(statement["Resource"]))
        and all(
            _holds(operator, key, _many(expected), request)
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


def _holds(operator: str, key: str, expected: list[str], request: Request) -> bool:
    assert key == "dynamodb:LeadingKeys"
    values = [] if request.leading_key is None else [request.leading_key]
    assert values, "a set of none would hold for all"
    compare = {"ForAllValues:StringEquals": str.__eq__, "ForAllValues:StringLike": fnmatchcase}
    return all(any(compare[operator](value, one) for one in expected) for value in values)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def requests_of(service: str, operation: str, parameters: dict[str, Any]) -> list[Request]:
    """Return what a call of boto3's needs to be permitted."""
    if service == "secretsmanager":
        # AWS appends six characters of its own to a secret's name.
        name = f"arn:aws:secretsmanager:eu-west-3:123456789012:secret:{parameters['SecretId']}"
        return [Request(f"{service}:{operation}", f"{name}-aB3dE6")]
    assert service == "dynamodb"
    if operation == "TransactWriteItems":
        return [
            Request(f"dynamodb:{_TRANSACTED[verb]}", "StateTable.Arn", _pk(inner))
            for action in parameters["TransactItems"]
            for verb, inner in action.items()
        ]
    if operation == "BatchGetItem":
        keys = [key for asked in parameters["RequestItems"].values() for key in asked["Keys"]]
        parts = {str(key["pk"]["S"]) for key in keys}
        return [Request(f"dynamodb:{operation}", "StateTable.Arn", part) for part in sorted(parts)]
    return [Request(f"dynamodb:{operation}", "StateTable.Arn", _pk(parameters))]


_TRANSACTED = {
    "ConditionCheck": "ConditionCheckItem",
    "Put": "PutItem",
    "Delete": "DeleteItem",
    "Update": "UpdateItem",
}


def _pk(parameters: dict[str, Any]) -> str:
    if "KeyConditionExpression" in parameters:
        return str(parameters["ExpressionAttributeValues"][":pk"]["S"])
    return str((parameters.get("Key") or parameters["Item"])["pk"]["S"])
