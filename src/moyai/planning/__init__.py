"""Planning: evidence first, then money and dates.

Nouns: pilot, step, indicator, cost, report. Verbs: declare, record, price, project, make.
"""
