"""How many requests an endpoint is sent at a time: what it bears, up to a limit, found out by trying.

One more after each round that it took, half as many as soon as it refuses (additive increase, multiplicative decrease, as in TCP:
Chiu & Jain 1989), and a pause where it asks for one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

FIRST_PAUSE = 1.0
"""Seconds without requests after a refusal that does not say how long; twice as long after each further one."""
LONGEST_PAUSE = 60.0
PATIENCE = 600.0
"""Seconds of refusals alone after which the endpoint is given up."""


class Pace:
    """The pace of all requests to one endpoint. One instance serves one event loop."""

    def __init__(
        self,
        most: int,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """At most so many requests at a time; it begins with all of them."""
        self.most = most
        self.limit = float(most)
        self.lowest = float(most)
        """How far the limit had to go down."""
        self.refusals = 0
        self.hopeless = ""
        """Why nothing can come of further requests, in one sentence; empty while something can."""
        self._patience, self._clock, self._sleep = patience, clock, sleep
        self._under_way = 0
        self._waiting = asyncio.Condition()
        self._pause, self._not_before = 0.0, 0.0
        self._last_cut, self._served_at = 0.0, clock()
        self.served_any = False

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Wait for one's turn; gives the time at which it came."""
        async with self._waiting:
            while self._under_way >= max(1, int(self.limit)):
                await self._waiting.wait()
            self._under_way += 1
        try:
            while (pause := self._not_before - self._clock()) > 0:
                await self._sleep(pause)
            yield self._clock()
        finally:
            self._under_way -= 1
            async with self._waiting:
                self._waiting.notify(max(0, int(self.limit) - self._under_way))

    def served(self) -> None:
        """A request was answered: one more at a time after as many answers as now run side by side."""
        self.limit = min(self.limit + 1 / self.limit, self.most)
        self._pause, self._served_at, self.served_any = 0.0, self._clock(), True

    def refused(self, began: float, wait: float | None, reason: str) -> bool:
        """A request that began then was refused; `wait` are the seconds that the endpoint asks for. Whether to go on trying.

        Of requests that ran side by side only the first refusal counts: the others knew no better.
        """
        now = self._clock()
        self.refusals += 1
        if began >= self._last_cut:
            self.limit, self._last_cut = max(1.0, self.limit / 2), now
            self.lowest = min(self.lowest, self.limit)
            self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._not_before = max(self._not_before, now + min(self._pause if wait is None else wait, self._patience))
        if now - self._served_at > self._patience:
            self.give_up(reason)
        return not self.hopeless

    def give_up(self, reason: str) -> None:
        """Say that nothing can come of further requests."""
        self.hopeless = self.hopeless or reason
