"""Bringing a finished job's clips home: try each link, ask for fresh ones, never give up early."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from videogen_nb.backend.http.client import AnswerLost, BadAddress, Http
from videogen_nb.backend.poll_timing import backoff
from videogen_nb.core.job import Cost, Job, Video
from videogen_nb.core.request import Size
from videogen_nb.errors import ConnectionLostError, JobCancelledError, OutputMissingError, VideogenError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.wire import Report
from videogen_nb.storage import clips as artifacts
from videogen_nb.storage import sidecars
from videogen_nb.storage.posters import write_poster
from videogen_nb.text import plain, redact

__all__ = ["Fetcher"]

TRIES = 4  # of one link that answers, but not with the clip
BUSY_TRIES = 12  # of one whose server is busy or broken for now: some five minutes
AT_ONCE = 2**20  # bytes after which a download that breaks off goes on without a pause: the server does well
TELL = 0.05  # seconds between two tellings of how much has come; pages are told ten times a second at most
_GONE = (400, 401, 403, 404, 409, 410)  # expired, not ready yet, or refused, in various gateways' words


class Fetcher:
    """Fetches the clips of one job that has succeeded.

    Args:
        job: The job; its `received` and `notice` are set.
        http: The seam of its provider.
        provider: Its provider.
        output: Folder for the clips.
        ask: Reads the job's status once more, for fresh links.
        pause: Sleeps so many seconds; returns whether the job was cancelled meanwhile.
    """

    def __init__(
        self,
        job: Job,
        http: Http,
        provider: Provider,
        output: Path,
        *,
        ask: Callable[[], Awaitable[Report]],
        pause: Callable[[float], Awaitable[bool]],
    ) -> None:
        self.job, self.http, self.provider, self.output = job, http, provider, output
        self._ask, self._pause = ask, pause
        self._told = float("-inf")  # when `received` was set last

    async def fetch(self, report: Report, cost: Cost | None) -> tuple[Video, ...]:
        """Fetch all clips, check them, name them, and write down beside them how they were made.

        Args:
            report: Where they are.
            cost: What the provider says it charged, for the files beside the clips.

        Raises:
            OutputMissingError: There is no clip to be had.
            JobCancelledError: The job was cancelled meanwhile; the clip is finished.
        """
        job = self.job
        if not report.outputs:
            raise self._no_clip("it names no clip; a content filter may have removed it")
        try:
            self.output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._no_clip(f"the folder {self.output} can't be made ({error.strerror})") from None
        videos, missing = [], []
        for place in range(len(report.outputs)):
            part = self.output / f".{job.id}-{place}.part"
            target = self.output / artifacts.clip_name(job.request.prompt, job.id, place, len(report.outputs))
            try:
                video = await asyncio.to_thread(artifacts.finished, target)
                if video is None:
                    report, video = await self._bring(report, place, part, target)
                else:  # of what a killed kernel finished itself
                    artifacts.discard(part)
                videos.append(await self._described(video, cost))
            except OSError as error:
                raise self._no_clip(f"it can't be written to {self.output} ({error.strerror})") from None
            except OutputMissingError as error:
                missing.append(error)  # the others are paid for too
        if not videos:
            raise missing[0]
        lost = f"{len(missing)} of {len(report.outputs)} clips could not be had" if missing else ""
        again = f"`%videogen resume {job.id}` looks again" if missing else ""
        job.notice = "; ".join(filter(None, (self._difference(videos[0]), lost, again)))
        return tuple(videos)

    async def at_hand(self, cost: Cost | None) -> tuple[Video, ...]:
        """The clips, where all are in the folder already: a kernel may die between the last byte and its record."""
        request, count = self.job.request, self.job.request.count
        targets = [self.output / artifacts.clip_name(request.prompt, self.job.id, at, count) for at in range(count)]
        found = [await asyncio.to_thread(artifacts.finished, target) for target in targets]
        whole = [video for video in found if video]
        return tuple([await self._described(video, cost) for video in whole]) if len(whole) == count else ()

    async def _bring(self, report: Report, place: int, part: Path, target: Path) -> tuple[Report, Video]:
        try:
            report, video = await self._fetch_one(report, place, part)
            return report, await asyncio.to_thread(artifacts.finish, video, target)
        except FileNotFoundError:
            if there := artifacts.finished(target):  # who took the job over while this process slept was quicker
                return report, there
            raise

    async def _described(self, video: Video, cost: Cost | None) -> Video:
        await asyncio.to_thread(sidecars.write, self.job, video, cost, self.http.endpoint.base_url)
        with suppress(Exception):  # the clip is whole and paid for, whatever its picture is
            await asyncio.to_thread(write_poster, video.path)
        return video

    async def _fetch_one(self, report: Report, place: int, part: Path) -> tuple[Report, Video]:
        """Bring one clip into `part`, checked; returns the report whose links worked, and what came."""
        links, refreshed, misses = list(report.outputs[place]), False, 0
        refusals: Counter[str] = Counter()
        while True:
            why, before, tries, link = "", _length(part), TRIES, links[0]
            try:
                await artifacts.download(self.http, link, part, self._progress)
                return report, await asyncio.to_thread(artifacts.inspect, part)
            except ConnectionLostError:
                # Paid for, so there is no last try: a closed laptop opens again.
                self.job.notice = "The download broke off; it goes on." if misses else ""
                if _length(part) > before:
                    misses = 0
                elif misses and misses % TRIES == 0:  # it may be this address that is dead, and not the network
                    report, links = await self._fresh(report, links, place)
                    turn = misses // TRIES % len(links)
                    links = links[turn:] + links[:turn]
            except artifacts.NotAClip as error:
                artifacts.discard(part)
                why = error.what
            except BadAddress as error:
                why, tries = error.what, 2
            except artifacts.LinkRefused as error:
                why = f"its link answers {error.status_code}"
                if error.status_code == 429 or error.status_code >= 500:
                    tries = BUSY_TRIES
                if error.status_code in _GONE and not refreshed:
                    refreshed = True
                    report, links = await self._fresh(report, links, place)
                    continue
            misses += 1
            if why:  # another link may have it meanwhile; this one may just not be ready yet
                refusals[link] += 1
                links = [each for each in links if each != link] + [link] * (refusals[link] < tries)
                if not links:
                    raise self._no_clip(why)
                misses = refusals[links[0]]
                if not misses:
                    continue
            if await self._pause(0.0 if _length(part) >= before + AT_ONCE else backoff(misses)):
                raise JobCancelledError(
                    "The download was stopped; the clip is finished.",
                    job=self.job,
                    charged="It was charged." if self.provider.charged_at != "never" else "",
                    advice=f"`%videogen resume {self.job.id}` fetches it.",
                )

    async def _fresh(self, report: Report, links: list[str], place: int) -> tuple[Report, list[str]]:
        """Ask for the status once more: its links are new, where the old ones had expired."""
        with suppress(VideogenError, AnswerLost):
            again = await self._ask()
            if again.status == "succeeded" and len(again.outputs) > place:
                return again, list(again.outputs[place])
        return report, links

    def _progress(self, received: int, total: int | None) -> None:
        now = time.monotonic()
        if now >= self._told + TELL or received == total:
            self._told = now
            self.job.received = (received, total)

    def _no_clip(self, why: str) -> OutputMissingError:
        said, remote = plain(redact(why, [self.http.endpoint.key]), 200), plain(self.job.remote_id, 40)
        return OutputMissingError(
            f"{self.provider.title} finished job {remote} but no clip can be had: {said.rstrip('.')}.",
            job=self.job,
            charged="It was probably charged." if self.provider.charged_at != "never" else "",
            advice=f"`%videogen resume {self.job.id}` looks again.",
        )

    def _difference(self, video: Video) -> str:
        """What came, where it is not what was asked for: gateways drop fields silently."""
        request = self.job.request
        found = []
        if request.duration and abs(video.duration - request.duration) > max(0.25, 0.05 * request.duration):
            found.append(f"asked for {request.duration:g} s, got {video.duration:g} s")
        asked = request.pixel_size() if request.size or (request.resolution and request.aspect_ratio) else None
        # Models round to blocks of 8 or 16 pixels; that is no surprise worth a line.
        if asked and max(abs(asked.width - video.size.width), abs(asked.height - video.size.height)) > 16:
            found.append(f"asked for {asked}, got {Size(*video.size)}")
        return "; ".join(found)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
