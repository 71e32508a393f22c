/** What a browser shows of videos, written down while they play; pages that measure clips in step share it. */

/**
 * For each clip, in the order of time: [ms, true] when it plays on, [ms, false] when it stops or leaps,
 * [ms, seconds] when the frame of that media time is on screen.
 */
export const marksOf = (videos) =>
  videos.map((video) => {
    const found = [];
    const onFrame = (_, { expectedDisplayTime, mediaTime }) => {
      found.push([expectedDisplayTime, mediaTime]);
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    video.addEventListener("playing", () => found.push([performance.now(), true]));
    for (const type of ["pause", "seeking", "waiting", "ended"])
      video.addEventListener(type, () => found.push([performance.now(), false]));
    return found;
  });

/**
 * `clocks`: seconds between the first and the last player's clock, whenever all of them run; `beats`: ms, when the
 * page was drawn.
 */
export const clocksOf = (videos) => {
  const [clocks, beats] = [[], []];
  const look = (now) => {
    requestAnimationFrame(look);
    beats.push(now);
    if (videos.some((video) => video.paused || video.seeking || video.readyState < 3)) return;
    const times = videos.map((video) => video.currentTime);
    clocks.push(Math.max(...times) - Math.min(...times));
  };
  requestAnimationFrame(look);
  return { clocks, beats };
};
