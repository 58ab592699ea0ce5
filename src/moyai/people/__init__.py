"""People: who takes part and in which role.

Nouns: organisation, project, person, role, qualification, token. Verbs: create, get, list, grant, revoke, award, issue.
"""
