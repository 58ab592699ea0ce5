"""The compute room: sites lend capacity, allocations share it out, jobs use it, usage says what they really used.

Nouns: site, allocation, job, artifact, transform, usage. Verbs live in the file of their noun; `dispatch` runs jobs.
"""
