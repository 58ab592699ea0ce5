"""Sentences that a server said in English, said again in the person's language. The server's words stay as they are.

A sentence that no pattern below fits is passed on in English, so nothing is ever lost. What the driver itself says is
not here: it goes through `say` where it is said.
"""

import re
from collections.abc import Iterator
from functools import cache

from moyai.kernel.wording import mark, say, spoken

PATTERNS = (
    mark("{rows} rows repeat an earlier row exactly: keep copies on one side of a split."),
    mark("The rows are sorted or grouped by {columns}: shuffle before splitting."),
    mark("The rows are in order of {column} ({way}): shuffle before splitting."),
    mark("{metric} is {found}, as required: {wanted} over the whole interval."),
    mark("{metric} is {found}, but required: {wanted} over the whole interval."),
    mark("{metric} differs from the baseline by {found}, as required: more than {least}."),
    mark("{metric} differs from the baseline by {found}, but required: more than {least}."),
    mark("at least {least} and at most {most}"),
    mark("at least {least}"),
    mark("at most {most}"),
    mark("{value} ({low} to {high})"),
    mark("Project {project} may use it for {purpose}, under {licence}."),
    mark("Project {project} may use it for {purpose} until {day}, under {licence}."),
    mark("Validated: {versions}."),
    mark("All {count} questions are answered."),
    mark("Not answered: {questions}"),
    mark("Reviewed by {name}, who neither trained the model nor asks for the gate."),
    mark("{name} answers for it as {role}."),
    mark("The model card is complete."),
    mark("The model card lacks: {missing}."),
    mark("Waits for a {role} with the qualification {held} who neither trained the model nor asks for the gate."),
    mark("Waits for a {role} who neither trained the model nor asks for the gate."),
    mark("{who} may not decide this approval: {reasons}."),
    mark("it takes the role that the request names, in the project or organisation that it is for"),
    mark("it takes the qualification that the request names, and one that is still valid"),
    mark("nobody approves what they asked for themselves"),
    mark("whoever worked on it does not approve it"),
    mark("{metric} threshold"),
    mark("{metric} improvement over baseline"),
    mark("data terms"),
    mark("data validated"),
    mark("purpose and impact"),
    mark("independent reviewer"),
    mark("accountable person"),
    mark("model card"),
    mark("second person"),
    mark("Short name of the pilot (small letters, digits, hyphens)"),
    mark("Which column is to be predicted? ({names})"),
    mark("Which of its values counts as found?"),
    mark("Columns that give the answer away or come too late, with commas"),
    mark("What is to be found out, in a sentence?"),
    mark("Licence or agreement of the data"),
    mark("What may it be used for?"),
    mark("Short name of the organisation that lends the computer"),
    mark("Its country (two letters)"),
    mark("Its currency (three letters)"),
    mark("What does an hour of one core cost there? Owned is not free"),
    mark("Who is the {role}?"),
    mark("Who approves? Never the one who trains"),
    mark("Which ROC AUC must it reach (indicator and gate)?"),
    mark("First day of the pilot"),
    mark("Last day of the pilot"),
    mark("All {count} metrics are equal."),
)
SPELLED = {"key user": "key_user", "site operator": "site_operator"}
"""Roles as sentences spell them, by the word under which they are translated."""


def retell(sentence: str) -> str:
    """`sentence` in the person's language, its parts as well; as it is when the language is English or none fits."""
    if spoken() == "en":
        return sentence
    for pattern, text in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return say(text, **{name: _part(part) for name, part in found.groupdict().items()})
    return sentence


def _part(part: str) -> str:
    parts = [retell(one) for one in part.split("; ")]
    return say(", ").join(parts) if len(parts) > 1 else say(SPELLED.get(part, part)) if parts[0] == part else parts[0]


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile("".join(_pieces(text)), re.DOTALL), text) for text in PATTERNS)


def _pieces(text: str) -> Iterator[str]:
    for piece in re.split(r"(\{\w+\})", text):
        yield f"(?P<{piece[1:-1]}>.+?)" if piece.startswith("{") else re.escape(piece)
