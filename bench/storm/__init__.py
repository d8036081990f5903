"""A storm over the whole product: webhooks and duplicates while its processes and servers are killed.

make storm      (COUNT=n webhooks, SECONDS=n, SEED=n, SCALE=n: the vendor's rate, HOSTS=2, POOLER=1)

`plan` says what happens and when, `senders` and `faults` do it, and `counts` compares both sides at the end.
"""
