"""The words of the portal that are in no template: labels of fields, tones of states, relations."""

LABELS = {
    "alpha": "Highest chance of a false alarm",
    "argv": "Command",
    "asked_at": "Asked on",
    "at": "When",
    "brier": "Brier score",
    "bytes": "Size",
    "basis": "How it was measured",
    "card": "Model card",
    "cause": "Ended by",
    "code": "Exit code",
    "cpu_seconds": "CPU time",
    "difference": "Difference to the compared run",
    "duplicate_rows": "Repeated rows",
    "ended_at": "Ended",
    "enacted_at": "In force since",
    "file_count": "Files",
    "folder_bytes": "Folder at most",
    "gpus": "GPUs",
    "high": "High",
    "id": "Record",
    "max_rss_bytes": "Peak memory",
    "memory_bytes": "Memory",
    "millis": "Response time",
    "name": "Name",
    "native_id": "Id at the engine",
    "need": "May use at most",
    "not_by": "Not to be decided by",
    "number": "Number",
    "one_of": "One of",
    "p": "p (adjusted)",
    "p50_ms": "Half answered within",
    "p99_ms": "99 % answered within",
    "persona": "Played for a demonstration",
    "prices": "Prices of the site",
    "queued_at": "Queued",
    "read_bytes": "Read",
    "ref": "Rests on",
    "repeats": "Repeats the run",
    "resources": "Lends",
    "roc": "ROC curve",
    "roc_auc": "ROC AUC",
    "scripted": "Decided by a script",
    "seconds": "Took",
    "seq": "Entry",
    "started_at": "Started",
    "text_ja": "Text in Japanese",
    "until": "Until",
    "wall_seconds": "Time on the clock",
    "window": "Rows in a window",
    "written_bytes": "Written",
}
"""Where the field's own name would not be understood; all others read as their name does."""

PLAIN = frozenset({"seed", "number", "code", "place", "index", "seq", "terms_revision", "offset"})
"""Numbers that name something: no thousands, no unit."""
CORE_HOURS = frozenset({"core_hours", "reserved", "used", "left", "overdrawn"})
WITH_TONE = frozenset({"state", "verdict", "action"})
CLASSES = {"open": "open to all", "members": "members only", "restricted": "restricted"}

TONES = {
    **dict.fromkeys(("succeeded", "validated", "passed", "granted", "open", "opened", "in_force", "done"), "good"),
    **dict.fromkeys(("resumed", "accepted", "replaced"), "good"),
    **dict.fromkeys(("waiting", "queued", "placed", "starting", "running", "published", "draft", "candidate"), "busy"),
    **dict.fromkeys(("failed", "rejected", "denied", "killed", "cancelled", "stopped", "overridden"), "bad"),
}
"""How a state is coloured; it always says its name too."""

RELATIONS = {
    "used": "used",
    "generated": "generated",
    "derived_from": "was derived from",
    "revision_of": "is a revision of",
    "attributed_to": "is attributed to",
    "associated_with": "is associated with",
    "informed_by": "was informed by",
    "influenced_by": "was influenced by",
}
