/** What all pages of the harness share: what their address asks for, with its theme put on. */
export const query = new URLSearchParams(location.search);
if (query.get("theme")) document.documentElement.className = query.get("theme");

/** Adds an empty place for a widget to the page, or to a part of it. */
export function place(id, parent = document.body) {
  const el = parent.appendChild(document.createElement("div"));
  el.id = id;
  return el;
}
