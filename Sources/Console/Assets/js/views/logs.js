// What a deployment's container prints, as it prints it.
import { h, setText, show } from "../dom.js";
import { stream } from "../rpc.js";
import { plural } from "../format.js";
import { button } from "../parts.js";

/** Lines that are kept; older ones go. */
const LINES = 5_000;
const TAIL_LINES = 2_000;
const LINE_CHARACTERS = 8_192;
const AGAIN_MILLISECONDS = 1_500;

export function logs(id) {
  const box = h("div", { class: "log", tabindex: 0, role: "log", "aria-label": "Output of the container", "aria-live": "off" });
  const status = h("span", { class: "soft small", role: "status", text: "Opening…" });
  const follow = button("To the end", { kind: "small", on: () => { isFollowing = true; box.scrollTop = box.scrollHeight; } });
  let isFollowing = true;
  let isClosed = false;
  let dropped = 0;
  let received = 0;
  let abort = null;
  let waiting = []; // Lines that are not drawn yet.
  let isScheduled = false;
  const open = new Map(); // What each stream printed since its last line break.
  box.addEventListener("scroll", () => { isFollowing = box.scrollHeight - box.scrollTop - box.clientHeight < 40; });

  function put(text, kind) {
    waiting.push([text.length > LINE_CHARACTERS ? `${text.slice(0, LINE_CHARACTERS)} … (cut)` : text, kind]);
    if (waiting.length > LINES) {
      dropped += waiting.length - LINES;
      waiting = waiting.slice(-LINES);
    }
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(draw);
  }

  /** Once a frame: a container that prints fast costs no more than what can be seen. */
  function draw() {
    isScheduled = false;
    const lines = waiting;
    waiting = [];
    box.append(...lines.map(([text, kind]) => h("div", { class: kind, text: text || " " })));
    while (box.children.length > LINES) {
      box.firstElementChild.remove();
      dropped += 1;
    }
    if (isFollowing) box.scrollTop = box.scrollHeight;
    tell();
  }

  let end = "";
  function tell() {
    setText(status, `${plural(received, "line")}${dropped > 0 ? `, the last ${LINES.toLocaleString("en")} are shown` : ""}${end ? ` · ${end}` : ""}`);
  }

  function take({ data = "", stream: from, attempt }) {
    const key = `${from}:${attempt}`;
    const decoder = open.get(key) ?? { decoder: new TextDecoder(), rest: "" };
    open.set(key, decoder);
    const text = decoder.rest + decoder.decoder.decode(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)), { stream: true });
    const lines = text.split("\n");
    decoder.rest = lines.pop();
    if (decoder.rest.length > LINE_CHARACTERS) lines.push(decoder.rest.slice(0, LINE_CHARACTERS)), decoder.rest = "";
    received += lines.length;
    const kind = from === "STREAM_STDERR" ? "error-stream" : "";
    for (const line of lines) put(line.replace(/\r$/, "").replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, ""), kind);
  }

  async function run() {
    while (!isClosed) {
      abort = new AbortController();
      open.clear();
      try {
        end = "live";
        tell();
        for await (const part of stream("DeploymentService/Logs", { deploymentId: id, follow: true, tailLines: TAIL_LINES }, abort.signal)) take(part);
        for (const { rest } of open.values()) if (rest) received += 1, put(rest, "");
        end = "ended";
        return tell();
      } catch (error) {
        if (isClosed || error.isSignedOut) return;
        end = error.message;
        tell();
        if (["PERMISSION_DENIED", "NOT_FOUND", "INVALID_ARGUMENT", "UNIMPLEMENTED"].includes(error.code)) return;
        if (error.code === "FAILED_PRECONDITION") return; // Tried again when its state changes.
        await new Promise((done) => setTimeout(done, AGAIN_MILLISECONDS));
        show(box);
        received = dropped = 0;
      }
    }
  }
  let running = run();

  return {
    element: h("div", { class: "stack tight" }, h("div", { class: "row spread wrap" }, status, follow), box),
    update({ isNew }) {
      if (!isNew || end === "live" || isClosed) return;
      running = running.then(() => {
        if (isClosed) return undefined;
        show(box);
        received = dropped = 0;
        return run();
      });
    },
    close() {
      isClosed = true;
      abort?.abort();
    },
  };
}
