"""Local engine that answers as many requests as a file allows, so that a test can check the view between two of them.

It writes the number of received requests, the waiting one included, to another file.
"""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import jsdf


class Paced(jsdf.Local):
    batch_size, first_batch_size, concurrency = 20, None, 1

    @asynccontextmanager
    async def session(self):
        async with super().session() as session:
            yield Turnstile(session)


class Turnstile:
    received = 0

    def __init__(self, session):
        self._session = session

    async def classify(self, question, values):
        self.received += 1
        Path("received").write_text(str(self.received))
        while self.received > int(Path("allowed").read_text()):
            await asyncio.sleep(0.02)
        return await self._session.classify(question, values)


local = Paced()
