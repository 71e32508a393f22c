/** The buttons that mark a clip as a favourite or as the winner. */
import { div } from "../../dom";
import { tooltip } from "../controls/keys";
import { createTool } from "../controls/tools";
import { type PickChange, toggleFavourite, toggleWinner } from "../picks";

export interface PickButtons {
  element: HTMLElement;
  update(favourite: boolean, winner: boolean): void;
  /** Whether the Tab key reaches the buttons. */
  setReachable(reachable: boolean): void;
}

export function createPickButtons(pick: (change: PickChange) => void): PickButtons {
  const star = createTool("star", tooltip("favourite"), () => pick(toggleFavourite));
  const crown = createTool("crown", tooltip("winner"), () => pick(toggleWinner));
  return {
    element: div("vgn-picks", star, crown),
    update(favourite, winner) {
      star.update({ pressed: favourite });
      crown.update({ pressed: winner });
    },
    setReachable(reachable) {
      for (const { element } of [star, crown]) element.tabIndex = reachable ? 0 : -1;
    },
  };
}
