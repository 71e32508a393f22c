/** The panel's filmstrip: what its views share lives in one closure, `initialize` wires it, `render` only draws. */
import type { AnyWidget } from "@anywidget/types";
import { createShelf } from "../history/clip_cache";
import { createPulse, type Pulse, watchPresses } from "../history/kernel_ping";
import { createFilm, type Film } from "../history/view";
import { connectFilm, type FilmChannel, type FilmItem, type FilmView } from "../protocol/history";

export default (() => {
  const views = new Set<Film>();
  const shelf = createShelf(
    (id) => [...views].some((view) => view.large() === id),
    (id) => asked.delete(id),
  );
  const heard = new Map<string, number>();
  /** Jobs whose clips were asked for and not let go of since. */
  const asked = new Set<string>();
  const noClips = new Map<string, string>();
  let channel: FilmChannel;
  let pulse: Pulse;
  let film: FilmView;

  const receive = (item: FilmItem) => {
    const { id, status } = item.job;
    heard.set(id, performance.now());
    // A retried job makes other clips under the same numbers.
    if (status !== "succeeded") {
      shelf.drop(id);
      noClips.delete(id);
    }
  };
  /** Asks for the clips of a job that is shown large. */
  const want = ({ job }: FilmItem) => {
    shelf.touch(job.id);
    if (job.status !== "succeeded" || asked.has(job.id)) return;
    if (job.videos.every(({ src }, index) => src ?? shelf.url(job.id, index))) return;
    asked.add(job.id);
    channel.want(job.id);
  };
  return {
    initialize({ model }) {
      channel = connectFilm(model, {
        film(next) {
          pulse.heard();
          film = next;
          film.items.forEach(receive);
          for (const view of views) view.update(film);
        },
        item(item) {
          pulse.heard();
          receive(item);
          const place = film.items.findIndex(({ job }) => job.id === item.job.id);
          if (place >= 0) film.items[place] = item;
          for (const view of views) view.item(item);
        },
        clip(id, index, clip) {
          pulse.heard();
          shelf.hold(id, index, clip);
          for (const view of views) view.clips(id);
        },
        noClip(id, why) {
          pulse.heard();
          noClips.set(id, why);
          for (const view of views) view.clips(id);
        },
        pong: () => pulse.pong(),
      });
      pulse = createPulse(channel.ping, (words) => {
        for (const view of views) view.say(words);
      });
      film = channel.initial;
      film.items.forEach(receive);
      channel.hello();
      return () => {
        channel.close();
        pulse.destroy();
        shelf.clear();
      };
    },
    render({ el }) {
      const view = createFilm({ ...channel, enlarged: want }, (item) => ({
        item,
        heard: heard.get(item.job.id) ?? performance.now(),
        clip: (index) => shelf.url(item.job.id, index),
        noClip: noClips.get(item.job.id) ?? null,
      }));
      views.add(view);
      view.update(film);
      el.append(view.element);
      const unwatch = watchPresses(el, pulse.press);
      return () => {
        unwatch();
        views.delete(view);
        view.destroy();
      };
    },
  };
}) satisfies AnyWidget<{ film: unknown }>;
