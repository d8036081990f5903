"""``python -m sandbox``: start the stand-in SmartRecruiters on this machine."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from sandbox.config import Config, ConfigError
from sandbox.server import make_server


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    made.add_argument("--port", type=int, default=8010, help="HTTP port")
    made.add_argument("--smtp-port", type=int, default=8025, help="port of the inbox")
    made.add_argument("--base-url", default="", help="base URL of all links (default: http://localhost:PORT)")
    made.add_argument("--client-id", default="crosschq-sandbox")
    made.add_argument("--client-secret", default="sandbox-secret")
    made.add_argument(
        "--redirect-uri", action="append", default=[], help="an exact redirect URI; may be given up to three times"
    )
    made.add_argument(
        "--allow-http-loopback", action="store_true", help="accept http callback URLs on this machine (strict: https)"
    )
    made.add_argument(
        "--callback-host",
        action="append",
        default=[],
        metavar="NAME",
        help="accept http callback URLs to this host, such as another container; may be repeated",
    )
    made.add_argument("--seed", type=int, default=1, help="determines all ids of the seeded company")
    made.add_argument("--rate-scale", type=float, default=1.0, help="how much faster the clock of the rate limits runs")
    made.add_argument("--text-account", default="AC-sandbox", help="account of the text message carrier")
    made.add_argument("--text-token", default="sandbox-token", help="its token, which also signs what it posts")
    made.add_argument("--text-webhook", default="", help="where the carrier posts what people text back")
    return made


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    try:
        config = Config(
            client_id=given.client_id,
            client_secret=given.client_secret,
            redirect_uris=tuple(given.redirect_uri),
            allow_http_loopback=given.allow_http_loopback,
            callback_hosts=tuple(given.callback_host),
            host=given.host,
            port=given.port,
            smtp_port=given.smtp_port,
            base_url=given.base_url,
            seed=given.seed,
            rate_scale=given.rate_scale,
            text_account=given.text_account,
            text_token=given.text_token,
            text_webhook=given.text_webhook,
        )
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)  # uvicorn re-raises the signal after it has shut down
    make_server(config).run()
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
