/** The script of a grid in a saved notebook; it runs inside the output that it hydrates. */

import { hydrate } from "../grid/hydrate";
import css from "../grid/view.css";
import { grid_class } from "../protocol/shared.json";

const root = document.currentScript?.closest(`.${grid_class}`);
if (root) hydrate(root, css);
