"""An engine behind the turnstile, for doors that ask from threads of their own."""

from typing import Any

from qa.answer import Answer
from qa.api.turnstile import Turnstile
from qa.engine import Engine, Found


class Queued(Engine):
    """`engine`, asked through `turnstile`: its `ask` and `search` wait their turn, and raise `ServerBusy`."""

    def __init__(self, engine: Engine, turnstile: Turnstile) -> None:
        super().__init__(engine.library, engine.encoder, engine._ranker, engine.calibration, engine._quick)
        self._engine, self._turnstile = engine, turnstile

    def ask(self, *question: Any, **settings: Any) -> Answer:
        return self._turnstile.call(lambda: self._engine.ask(*question, **settings))

    def search(self, *question: Any, **settings: Any) -> Found:
        return self._turnstile.call(lambda: self._engine.search(*question, **settings))
