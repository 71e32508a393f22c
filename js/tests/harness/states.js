/** A view of every state, as Python sends them. */
export const running = {
  id: "job-1",
  status: "running",
  phase: "running",
  progress: 0.42,
  received: null,
  total: null,
  position: null,
  elapsed: 42,
  remaining: 58,
  prompt:
    "A paper boat drifts down a rain-soaked street at dusk, neon signs reflected in the water, slow dolly forward",
  model: "veo-3-1-fast",
  provider: "local",
  facts: ["4 s", "1280 × 720", "seed 7"],
  width: 1280,
  height: 720,
  badge: "local preview",
  cost: null,
  notice: null,
  hint: "Local preview: set INFERY_API_KEY for the real veo-3-1-fast.",
  error: null,
  videos: [],
  can_cancel: true,
  can_retry: false,
  retry_label: null,
  cancel_note: "Stops following the job. The gateway cannot stop it, so it may still be charged.",
};

const ended = { ...running, phase: "ended", progress: 1, remaining: null, can_cancel: false };

export function states(clip, poster) {
  const video = { src: null, poster, width: 1280, height: 720, duration: 4, path: "videogen/a-paper-boat.mp4" };
  return {
    submitting: { ...running, status: "queued", phase: "submitting", progress: null, elapsed: 0, remaining: null },
    queued: { ...running, status: "queued", phase: "queued", progress: null, position: 1, elapsed: 3, remaining: 95 },
    running,
    unknown: { ...running, progress: null, remaining: null, badge: null, notice: "No answer for 40 s, still trying" },
    downloading: { ...running, phase: "downloading", progress: 1, received: 1.2e6, total: 3e6, remaining: 2 },
    player: { ...ended, status: "succeeded", cost: "80 credits", videos: [video], clips: [clip] },
    served: { ...ended, status: "succeeded", notice: "Asked for 5 s, got 4 s", videos: [{ ...video, src: clip }] },
    loading: { ...ended, status: "succeeded", videos: [{ ...video, poster: null }] },
    broken: { ...ended, status: "succeeded", videos: [{ ...video, src: "nowhere.mp4", poster: null }] },
    two: { ...ended, status: "succeeded", videos: [video, { ...video, src: clip }], clips: [clip] },
    failed: {
      ...ended,
      status: "failed",
      can_retry: true,
      error: {
        summary: "The gateway refused the prompt: it names a real person.",
        charged: "Nothing was charged.",
        next: "Change the prompt, or pass --person-generation allow_adult where the model takes it.",
      },
    },
    "failed-long": {
      ...ended,
      status: "failed",
      can_retry: true,
      error: {
        summary: `<b>upstream</b> said: ${'{"code":"fail_to_fetch_task","detail":"处理失败"} '.repeat(14)}`,
        charged: "80 credits were charged, the gateway does not refund failures of this kind.",
        next: "Run it again with another seed; if it fails again, report request id req_01HZX3QK7Y.",
      },
    },
    uncertain: {
      ...ended,
      status: "uncertain",
      can_retry: true,
      retry_label: "Submit again (may be charged twice)",
      error: {
        summary: "The connection broke after the request was sent, so it may have been accepted.",
        charged: "It may have been charged.",
        next: "Look at the account's usage page before submitting again.",
      },
    },
    cancelled: {
      ...ended,
      status: "cancelled",
      can_retry: true,
      error: { summary: "Stopped following the job.", charged: "It may still be charged.", next: "" },
    },
    portrait: { ...running, width: 720, height: 1280, facts: ["8 s", "720 × 1280", "seed 7"] },
    rtl: {
      ...running,
      prompt:
        "قارب ورقي ينجرف في شارع مبلل بالمطر عند الغسق 🚣‍♀️\nوانعكاسات أضواء النيون على الماء، حركة كاميرا بطيئة إلى الأمام، ثم يختفي القارب في الضباب",
    },
    long: {
      ...running,
      model: `vendor/${"very-long-model-name-".repeat(10)}`,
      prompt: `${"Supercalifragilistic".repeat(8)}\n\n<img src=x onerror=alert(1)> 🎬🎥\n${"and then the camera pans right, ".repeat(20)}`,
    },
  };
}
