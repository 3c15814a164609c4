"""Keeping the parsers' own log lines off the user's terminal."""

import logging


def quiet(*loggers: str) -> None:
    """Silence these libraries' loggers: what they say about one file is said by its refusal."""
    for name in loggers:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
