"""The part of cedarpy that policy uses, typed in full."""

from typing import Any

class PolicySet:
    @staticmethod
    def from_str(s: str) -> PolicySet: ...

class Diagnostics:
    @property
    def reasons(self) -> list[str]: ...
    @property
    def errors(self) -> list[str]: ...

class AuthzResult:
    @property
    def allowed(self) -> bool: ...
    @property
    def diagnostics(self) -> Diagnostics: ...

def is_authorized(
    request: dict[str, Any], policies: PolicySet, entities: list[dict[str, Any]]
) -> AuthzResult: ...
def policies_to_json_str(policies: str) -> str: ...
