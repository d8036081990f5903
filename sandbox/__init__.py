"""A stand-in for SmartRecruiters in development and tests: one process with its state in memory.

It shares no code with the product and imports none of it. ``README.md`` lists what it imitates and what it doesn't.
"""
