/** Parts for the grid's unit tests: cells without pictures, a clock that records, and a screen that a test moves. */
import { afterEach, beforeEach, vi } from "vitest";
import { cell, scenes } from "./gridscenes.js";

const timing = { duration: 4, fps: 24, frames: 96, start: 0, times: null };
export const clips = Array.from({ length: 11 }, (_, index) => ({
  url: `/files/${index}.mp4`,
  poster: `/files/${index}.jpg`,
  ...(index < 9 ? { width: 640, height: 360 } : { width: 360, height: 640 }),
  timing,
}));
export const every = scenes(clips);
export { cell };

/**
 * A clock that remembers what it was told and shows what a test says.
 * @returns {any}
 */
export function fakeSync() {
  const listeners = new Set();
  const state = { time: 0, duration: 4, playing: false, waiting: false, rate: 1, loop: true, frame: 0, frames: 96 };
  const sync = {
    told: [],
    added: new Map(),
    now: state,
    state: () => ({ ...state }),
    clip: (key) => (sync.added.has(key) ? { frame: state.frame, frames: 96, phase: "on" } : null),
    add(key, video) {
      sync.added.set(key, video);
    },
    remove(key) {
      sync.added.delete(key);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Lets time be another. */
    turn(next) {
      Object.assign(state, next);
      for (const listener of listeners) listener();
    },
    listening: () => listeners.size,
  };
  for (const name of ["show", "shift", "lead", "seek", "step", "destroy"]) {
    sync[name] = (...values) => sync.told.push([name, ...values]);
  }
  const set = (name, key) => {
    sync[name] = (value) => {
      sync.told.push([name]);
      state[key] = value ?? name === "play";
    };
  };
  set("play", "playing");
  set("pause", "playing");
  set("setRate", "rate");
  set("setLoop", "loop");
  return sync;
}

/** Stands in for the browser's observer: nothing is on screen until a test says so. */
export class FakeScreen {
  static all = [];
  constructor(callback) {
    this.callback = callback;
    this.targets = new Set();
    FakeScreen.all.push(this);
  }
  observe(target) {
    this.targets.add(target);
  }
  unobserve(target) {
    this.targets.delete(target);
  }
  disconnect() {
    this.targets.clear();
  }
  /** Brings cells on screen, or takes them off, by their place. */
  static show(places, isIntersecting = true) {
    for (const screen of FakeScreen.all) {
      const targets = [...screen.targets];
      const entries = places.flatMap((place) => (targets[place] ? { target: targets[place], isIntersecting } : []));
      if (entries.length) screen.callback(entries);
    }
  }
}

/** Puts the screen in the browser's place before each test of a file, and takes away what the test left. */
export function useFakeScreen() {
  beforeEach(() => {
    vi.stubGlobal("IntersectionObserver", FakeScreen);
    FakeScreen.all.length = 0;
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    vi.useRealTimers();
    document.body.replaceChildren();
    localStorage.clear();
  });
}
