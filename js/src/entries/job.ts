/** The widget of one job: `initialize` connects the state that its views share, `render` only draws. */
import type { AnyWidget } from "@anywidget/types";
import { type Card, createCard } from "../job/card";
import { createClipStore } from "../playback/clip_store";
import { connectJob, type JobChannel, type JobView, succeeded } from "../protocol/job";

export default (() => {
  const cards = new Set<Card>();
  const clips = createClipStore<number>(() => draw());
  let channel: JobChannel;
  let view: JobView;
  let receivedAt: number;

  const receive = (next: JobView) => {
    view = next;
    receivedAt = performance.now();
  };
  const show = (card: Card) => card.update(view, receivedAt, clips.get);
  const draw = () => cards.forEach(show);

  return {
    initialize({ model }) {
      channel = connectJob(model, {
        view(next) {
          // A retried job makes other clips with the same numbers.
          if (next.id !== view.id || (succeeded(view) && !succeeded(next))) {
            clips.drop(() => true);
          }
          receive(next);
          draw();
        },
        clip: clips.add,
        noClip: clips.refuse,
      });
      receive(channel.initial);
      channel.hello();
      return () => {
        channel.close();
        clips.drop(() => true);
      };
    },
    render({ el }) {
      const card = createCard({ cancel: () => channel.cancel(), retry: () => channel.retry() });
      cards.add(card);
      show(card);
      el.append(card.element);
      return () => {
        cards.delete(card);
        card.destroy();
      };
    },
  };
}) satisfies AnyWidget<{ view: unknown }>;
