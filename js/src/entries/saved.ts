/** The script of a saved grid, which runs in the output that it is to draw. */
import { enliven } from "../grid/hydrate";
import css from "../grid/view.css";

const root = document.currentScript?.closest(".videogen-grid");
if (root) enliven(root, css);
