"""Download a finished job's clips, which are paid for: try each link, ask for fresh ones, resume what broke off."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from videogen_nb.backend.http.client import AnswerLost, BadAddress, Http
from videogen_nb.backend.poll_timing import backoff
from videogen_nb.backend.stream_clip import LinkRefused, download
from videogen_nb.core.job import Cost, Job, Video
from videogen_nb.core.request import Size
from videogen_nb.errors import ConnectionLostError, JobCancelledError, OutputMissingError, VideogenError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.wire import Report
from videogen_nb.storage import clips as artifacts
from videogen_nb.storage import sidecars
from videogen_nb.storage.posters import write_poster
from videogen_nb.text import plain, redact

__all__ = ["Downloader"]

TRIES = 4  # of a link that answers, but not with the clip
BAD_ADDRESS_TRIES = 2  # of a link that can't be used; a fresh status may bring a better one meanwhile
BUSY_TRIES = 12  # of a link whose server is overloaded or broken for now: some five minutes
RESUME_AT_ONCE = 2**20  # bytes; a download that got this far before it broke off is resumed without a pause
PROGRESS_INTERVAL = 0.05  # minimum seconds between progress updates; pages are updated ten times a second at most
_GONE = (400, 401, 403, 404, 409, 410)  # expired, not ready yet or refused, depending on the gateway


class Downloader:
    """Downloads the clips of one job that has succeeded.

    Args:
        job: The job; its `received` and `notice` are set.
        http: The HTTP client of its provider.
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
        self.ask, self.pause = ask, pause
        self._progress_shown = float("-inf")  # when `received` was last set

    async def run(self, report: Report, cost: Cost | None) -> tuple[Video, ...]:
        """Download all clips, check and name them, and write beside them how they were made.

        Args:
            report: The status answer that lists their links.
            cost: What the provider says it charged, for the files beside the clips.

        Raises:
            OutputMissingError: Not one clip could be downloaded.
            JobCancelledError: The job was cancelled meanwhile; its clips are ready at the provider.
        """
        job, count = self.job, len(report.outputs)
        if not report.outputs:
            raise self.no_clip("its answer lists no clip; a content filter may have removed it")
        try:
            self.output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.no_clip(f"the folder {self.output} can't be created ({error.strerror})") from None
        videos, missing = [], []
        for index in range(count):
            part = self.output / f".{job.id}-{index}.part"
            target = self.output / artifacts.clip_name(job.request.prompt, job.id, index, count)
            try:
                video = await asyncio.to_thread(artifacts.find_finished, target)
                if video is None:
                    report, video = await self._download(report, index, part, target)
                else:  # an earlier kernel finished it before it was killed
                    artifacts.discard(part)
                videos.append(await self._described(video, cost))
            except OSError as error:
                raise self.no_clip(f"it can't be written to {self.output} ({error.strerror})") from None
            except OutputMissingError as error:
                missing.append(error)  # the others are paid for too
        if not videos:
            raise missing[0]
        notices = [self._difference(videos[0])]
        if missing:
            notices.append(f"{len(missing)} of {count} clips could not be downloaded")
            notices.append(f"`%videogen resume {job.id}` tries again")
        job.notice = "; ".join(filter(None, notices))
        return tuple(videos)

    async def on_disk(self, cost: Cost | None) -> tuple[Video, ...]:
        """The clips, if all are in the folder already: a kernel can end between the last byte and its record."""
        request, count = self.job.request, self.job.request.count
        names = [artifacts.clip_name(request.prompt, self.job.id, index, count) for index in range(count)]
        checked = [await asyncio.to_thread(artifacts.find_finished, self.output / name) for name in names]
        videos = [video for video in checked if video]
        return tuple([await self._described(video, cost) for video in videos]) if len(videos) == count else ()

    async def _download(self, report: Report, index: int, part: Path, target: Path) -> tuple[Report, Video]:
        """One clip under its final name, and the report whose links are the freshest."""
        clip = _ClipDownload(self, report, index, part)
        try:
            video = await clip.run()
            return clip.report, await asyncio.to_thread(artifacts.finish, video, target)
        except FileNotFoundError:
            # Another kernel may have taken over while this one slept, and finished it.
            if finished := artifacts.find_finished(target):
                return clip.report, finished
            raise

    async def _described(self, video: Video, cost: Cost | None) -> Video:
        await asyncio.to_thread(sidecars.write, self.job, video, cost, self.http.endpoint.base_url)
        with suppress(Exception):  # the clip is complete and paid for; it must not fail for its poster
            await asyncio.to_thread(write_poster, video.path)
        return video

    def show_progress(self, received: int, total: int | None) -> None:
        now = time.monotonic()
        if now >= self._progress_shown + PROGRESS_INTERVAL or received == total:
            self._progress_shown = now
            self.job.received = (received, total)

    def no_clip(self, reason: str) -> OutputMissingError:
        reason, remote_id = plain(redact(reason, [self.http.endpoint.key]), 200), plain(self.job.remote_id, 40)
        return OutputMissingError(
            f"{self.provider.title} finished job {remote_id} but no clip could be downloaded: {reason.rstrip('.')}.",
            job=self.job,
            charged="It was probably charged." if self.provider.charged_at != "never" else "",
            advice=f"`%videogen resume {self.job.id}` tries again.",
        )

    def _difference(self, video: Video) -> str:
        """How the clip differs from the request: gateways ignore options silently."""
        request = self.job.request
        differences = []
        if request.duration and abs(video.duration - request.duration) > max(0.25, 0.05 * request.duration):
            differences.append(f"asked for {request.duration:g} s, got {video.duration:g} s")
        asked = request.pixel_size() if request.size or (request.resolution and request.aspect_ratio) else None
        # Models round to blocks of 8 or 16 pixels, which nobody needs to be warned of.
        if asked and max(abs(asked.width - video.size.width), abs(asked.height - video.size.height)) > 16:
            differences.append(f"asked for {asked}, got {Size(*video.size)}")
        return "; ".join(differences)


class _ClipDownload:
    """The download of one clip: which of its links is tried next, and after what pause.

    A link that breaks off is tried for ever, since the network may return; one that refuses has a number of tries.

    Attributes:
        report: The status answer whose links are in use.
    """

    def __init__(self, owner: Downloader, report: Report, index: int, part: Path) -> None:
        self.report = report
        self._owner, self._index, self._part = owner, index, part
        self._links = list(report.outputs[index])  # the first is tried next
        self._refusals: Counter[str] = Counter()
        self._failures = 0  # in a row, of the link that is tried next
        self._refreshed = False

    async def run(self) -> Video:
        """Download the clip into `part` and check it.

        Raises:
            OutputMissingError: Every link was refused too often.
            JobCancelledError: The job was cancelled meanwhile.
        """
        owner = self._owner
        while True:
            length = _length(self._part)
            try:
                await download(owner.http, self._links[0], self._part, owner.show_progress)
                return await asyncio.to_thread(artifacts.inspect, self._part)
            except (ConnectionLostError, artifacts.NotAClip, BadAddress, LinkRefused) as error:
                failure = error
            # Outside the handler, or the job's error would keep this one as context, which can quote a signed link.
            if await owner.pause(await self._after(failure, length)):
                raise self._cancelled()

    async def _after(self, failure: Exception, length: int) -> float:
        """What a failed try means for the links; returns the seconds to pause."""
        if isinstance(failure, artifacts.NotAClip):
            artifacts.discard(self._part)
            return self._refused(failure.message, TRIES)
        if isinstance(failure, BadAddress):
            return self._refused(failure.message, BAD_ADDRESS_TRIES)
        if isinstance(failure, LinkRefused):
            return await self._answered(failure.status_code)
        return await self._broke_off(length)

    async def _broke_off(self, length: int) -> float:
        """The connection was lost, when the part had had `length` bytes before; returns the seconds to pause."""
        self._owner.job.notice = "The download was interrupted and is being resumed." if self._failures else ""
        received = _length(self._part) - length
        if received > 0:
            self._failures = 0
        elif self._failures and self._failures % TRIES == 0:  # it may be this host that is down, and not the network
            await self._refresh()
            turn = self._failures // TRIES % len(self._links)
            self._links = self._links[turn:] + self._links[:turn]
        self._failures += 1
        return 0.0 if received >= RESUME_AT_ONCE else backoff(self._failures)

    async def _answered(self, status_code: int) -> float:
        """The link answered with an error; returns the seconds to pause."""
        if status_code in _GONE and not self._refreshed:
            self._refreshed = True
            await self._refresh()
            return 0.0
        busy = status_code == 429 or status_code >= 500
        return self._refused(f"its link answers {status_code}", BUSY_TRIES if busy else TRIES)

    def _refused(self, reason: str, tries: int) -> float:
        """The link gave no clip: put it behind the others, or drop it after so many tries.

        Returns:
            The seconds to pause.

        Raises:
            OutputMissingError: No link is left.
        """
        link = self._links[0]
        self._refusals[link] += 1
        others = [other for other in self._links if other != link]
        self._links = [*others, link] if self._refusals[link] < tries else others
        if not self._links:
            raise self._owner.no_clip(reason)
        self._failures = self._refusals[self._links[0]]
        return backoff(self._failures) if self._failures else 0.0

    async def _refresh(self) -> None:
        """Ask for the status once more: its links are new, where the old ones had expired."""
        with suppress(VideogenError, AnswerLost):
            report = await self._owner.ask()
            if report.status == "succeeded" and len(report.outputs) > self._index:
                self.report, self._links = report, list(report.outputs[self._index])

    def _cancelled(self) -> JobCancelledError:
        job, charged = self._owner.job, self._owner.provider.charged_at != "never"
        return JobCancelledError(
            "The download was cancelled; the clip is ready at the provider.",
            job=job,
            charged="It was charged." if charged else "",
            advice=f"`%videogen resume {job.id}` downloads it.",
        )


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
