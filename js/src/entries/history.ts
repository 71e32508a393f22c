/** The panel's history: `initialize` connects the state that its views share, `render` only draws. */

import type { AnyWidget } from "@anywidget/types";
import { createClipCache } from "../history/clip_cache";
import { createKernelPing, type KernelPing, watchInteractions } from "../history/kernel_ping";
import { createHistory, type History } from "../history/view";
import { connectHistory, type HistoryChannel, type HistoryItem, type HistoryView } from "../protocol/history";
import { succeeded } from "../protocol/job";

export default (() => {
  const views = new Set<History>();
  const clips = createClipCache(
    (id) => [...views].some((view) => view.enlarged() === id),
    (id) => {
      for (const view of views) view.clipsChanged(id);
    },
  );
  /** When each job's state was received. */
  const receivedAt = new Map<string, number>();
  let channel: HistoryChannel;
  let kernel: KernelPing;
  let history: HistoryView;

  const receive = (item: HistoryItem) => {
    const { job } = item;
    receivedAt.set(job.id, performance.now());
    // A retried job makes other clips with the same numbers.
    if (!succeeded(job)) clips.drop(job.id);
  };
  /** Asks for the clips of an enlarged job. */
  const requestClips = ({ job }: HistoryItem) => {
    clips.touch(job.id);
    const missing = job.videos.some(({ src }, index) => !(src ?? clips.get(job.id, index).url));
    if (succeeded(job) && missing && clips.request(job.id)) channel.want(job.id);
  };
  return {
    initialize({ model }) {
      channel = connectHistory(model, {
        history(next) {
          kernel.message();
          history = next;
          history.items.forEach(receive);
          for (const view of views) view.update(history);
        },
        item(item) {
          kernel.message();
          receive(item);
          const index = history.items.findIndex(({ job }) => job.id === item.job.id);
          if (index >= 0) history.items[index] = item;
          for (const view of views) view.item(item);
        },
        clip(id, index, clip) {
          kernel.message();
          clips.add(id, index, clip);
        },
        noClip(id, reason) {
          kernel.message();
          clips.refuse(id, reason);
        },
        pong: () => kernel.pong(),
      });
      kernel = createKernelPing(channel.ping, (line) => {
        for (const view of views) view.kernel(line);
      });
      history = channel.initial;
      history.items.forEach(receive);
      channel.hello();
      return () => {
        channel.close();
        kernel.destroy();
        clips.clear();
      };
    },
    render({ el }) {
      const view = createHistory({ ...channel, enlarged: requestClips }, (item) => ({
        item,
        receivedAt: receivedAt.get(item.job.id) ?? performance.now(),
        clip: (index) => clips.get(item.job.id, index),
        reason: clips.reason(item.job.id),
      }));
      views.add(view);
      view.update(history);
      el.append(view.element);
      const unwatch = watchInteractions(el, kernel.interaction);
      return () => {
        unwatch();
        views.delete(view);
        view.destroy();
      };
    },
  };
}) satisfies AnyWidget<{ history: unknown }>;
