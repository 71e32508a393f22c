/** The widget of one job: what its views share lives in one closure, `initialize` wires it, `render` only draws. */
import type { AnyWidget } from "@anywidget/types";
import { type Card, createCard } from "../job/card";
import { createClips } from "../job/player";
import { connectJob, type JobChannel, type JobView } from "../protocol/job";

export default (() => {
  const clips = createClips();
  const missing = new Map<number, string>();
  const cards = new Set<Card>();
  let channel: JobChannel;
  let view: JobView;
  let heard: number;

  const receive = (next: JobView) => {
    view = next;
    heard = performance.now();
  };
  const show = (card: Card) => card.update(view, heard, clips.url, (index) => missing.get(index) ?? null);
  const draw = () => cards.forEach(show);

  return {
    initialize({ model }) {
      channel = connectJob(model, {
        view(next) {
          // A retried job makes other clips under the same numbers.
          if (next.id !== view.id || (view.status === "succeeded" && next.status !== "succeeded")) {
            clips.clear();
            missing.clear();
          }
          receive(next);
          draw();
        },
        clip(index, clip) {
          clips.hold(index, clip);
          draw();
        },
        noClip(index, why) {
          missing.set(index, why);
          draw();
        },
      });
      receive(channel.initial);
      channel.hello();
      return () => {
        channel.close();
        clips.clear();
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
