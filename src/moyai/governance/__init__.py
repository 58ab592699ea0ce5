"""Governance: who answers for what, who approved it, under which operating rules, where it came from, and the proof.

Nouns: accountability, approval, procedure (an operating rule's version), comment, provenance link, audit.
Verbs: assign; request, decide; draft, comment, answer, enact; link; log, verify.
"""
