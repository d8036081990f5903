"""A stand-in SmartRecruiters for development and tests: one process, its state in memory.

It shares no code with the product and imports none of it. ``README.md`` lists what is imitated and what is not.
"""
