/** The script of a grid in a saved notebook; it runs inside the output that it hydrates. */
import { hydrate } from "../grid/hydrate";
import css from "../grid/view.css";

const root = document.currentScript?.closest(".videogen-grid");
if (root) hydrate(root, css);
