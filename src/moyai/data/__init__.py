"""The data room: what the consortium holds in common, where it came from, what is in it, and who may use it for what.

Nouns: blob (bytes by digest), dataset, version (immutable, identified by its content), profile, validation, access.
Verbs: keep, register, revise, publish, get, list, judge, check, permit.
"""
