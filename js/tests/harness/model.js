/** A stand-in for anywidget's model: traits, listeners, and a record of what was sent. */
export function fakeModel(view) {
  const traits = { view };
  const listeners = new Map();
  return {
    sent: [],
    saved: 0,
    get: (name) => traits[name],
    set(name, value) {
      traits[name] = value;
      this.emit(`change:${name}`);
    },
    save_changes() {
      this.saved += 1;
    },
    on(event, callback) {
      listeners.set(event, [...(listeners.get(event) ?? []), callback]);
    },
    off(event, callback) {
      const kept = (listeners.get(event) ?? []).filter((each) => callback && each !== callback);
      listeners.set(event, kept);
    },
    send(content) {
      this.sent.push(content);
    },
    emit(event, ...values) {
      for (const callback of listeners.get(event) ?? []) callback(...values);
    },
    /** What Python's `widget.send(content, buffers)` does on the page. */
    receive(content, buffers = []) {
      this.emit("msg:custom", content, buffers);
    },
    listening: () => [...listeners.values()].flat().length,
  };
}
