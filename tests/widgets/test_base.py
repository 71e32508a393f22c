"""The pace of what widgets send."""

from __future__ import annotations

import asyncio
import threading

from videogen_nb.widgets._base import Pace


class Counted:
    """A widget that only counts."""

    def __init__(self) -> None:
        self.sent = 0
        self.told = threading.Event()

    def flush(self) -> None:
        self.sent += 1
        self.told.set()


def test_many_changes_are_one_message() -> None:
    """What changes within a tenth of a second is sent once, and a burst of widgets is spread."""
    pace, widgets = Pace(interval=0.01, most=2), [Counted() for _ in range(5)]

    async def change() -> None:
        for widget in widgets * 20:
            pace.touch(widget)
        while not all(widget.sent for widget in widgets):
            await asyncio.sleep(0.001)

    asyncio.run(change())
    assert [widget.sent for widget in widgets] == [1] * 5


def test_a_loop_that_ended_with_a_message_pending_stops_no_later_one() -> None:
    """After the extension was unloaded and loaded again, bars move as before."""
    pace, widget = Pace(interval=0.2), Counted()

    async def sent(more: int) -> None:
        async with asyncio.timeout(60):
            while widget.sent < more:
                await asyncio.sleep(0.001)

    async def leave_one_pending() -> None:
        pace.touch(widget)
        await sent(1)
        pace.touch(widget)  # due in 0.2 s, when this loop is closed

    asyncio.run(leave_one_pending())

    async def touch() -> None:
        before = widget.sent
        pace.touch(widget)
        await sent(before + 1)

    asyncio.run(touch())


def test_a_blocked_loop_holds_up_no_other() -> None:
    """A change made in a kernel's own loop, which a busy cell then blocks, must not stop the backend's messages."""
    pace, widget = Pace(interval=0.01), Counted()

    async def elsewhere() -> None:
        pace.touch(widget)
        async with asyncio.timeout(60):
            while not widget.sent:
                await asyncio.sleep(0.001)

    async def blocked() -> None:
        pace.touch(widget)
        thread = threading.Thread(target=asyncio.run, args=(elsewhere(),))
        thread.start()
        assert widget.told.wait(60)  # without giving this loop a turn
        thread.join()

    asyncio.run(blocked())
