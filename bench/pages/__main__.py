"""The server's time for every page with 1,000,000 requests and 5,000,000 events, compared with few.

    make bench NAME=pages      (SCALE=0.01: a hundredth of it; ARGUMENTS="--rounds 3 --only requests:list")

200 organizations; one has three tenths of the requests, the others fewer and fewer. Pages are opened in this process
as the product's database role, alternating between the sizes. Prints queries, p95 at both sizes, and the median ratio
of the rounds, next to a page that reads nothing. The databases stay in the state folder until a migration changes.
"""

from __future__ import annotations

import os

from bench import results, stage
from bench.pages import prepare
from bench.pages.exemplars import USUAL, Added

# Three tenths of them belong to the organization that is measured: of the few, 1,000 requests and 5,000 events.
REQUESTS, FEW = 1_000_000, 3_400
# Of each kind, for databases that only show that the pages open.
FEWEST = Added(ready=2, canceled=1, expired=1, open=1)


def main() -> None:
    arguments = results.parser(__doc__)
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--few", type=int, default=FEW, help="requests that the others are compared with")
    arguments.add_argument("--organizations", type=int, default=prepare.ORGANIZATIONS)
    arguments.add_argument("--few-each", action="store_true", help="make an organization of 7 requests, not of 20")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--samples", type=int, default=5, help="of each page and size in a round")
    arguments.add_argument("--only", default="", help="pages whose name this regular expression finds")
    arguments.add_argument("--plans", action="store_true", help="print the statements that take longest")
    given = arguments.parse_args()
    # The files of the pages themselves aren't served here. These databases come and go, as in tests.
    os.environ.update(STATIC_MANIFEST="false", RESTORE_STAMP_FILE="")
    stage.ready()
    from bench.pages import measure

    added = FEWEST if given.few_each else USUAL
    sizes = given.few, int(REQUESTS * given.scale)
    few, many = prepare.prepared(*sizes, organizations=given.organizations, added=added)
    extent = measure.Extent(given.rounds, given.samples, given.only, given.plans)
    figures = measure.measured(few, many, extent)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    results.finish(measure.lines(figures), given.results)


if __name__ == "__main__":
    main()
