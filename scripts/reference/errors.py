"""The page of errors: one kind, one HTTP status, one exit code."""

from moyai.kernel.errors import KINDS
from scripts.reference import text


def page() -> str:
    rows = [
        (text.code(kind), str(error.status), str(error.exit_code), "yes" if error.retry else "no", text.first(error))
        for kind, error in sorted(KINDS.items(), key=lambda pair: (pair[1].status, pair[0]))
    ]
    return text.page(
        "Errors",
        "An error has one meaning everywhere. REST answers with problem details (RFC 9457), whose `type` ends in the "
        "kind; the command prints what was wrong, where, and what to do, and exits with the code.",
        text.table(("kind", "HTTP status", "exit code", "retry", "meaning"), rows),
    )
