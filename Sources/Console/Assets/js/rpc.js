// Calls of Berth's RPCs through the gateway, as whoever is signed in.
import { sentence } from "./format.js";

/** A call that failed: a code, words for people, and which fields they are about. */
export class CallError extends Error {
  constructor(code, message, fields = []) {
    super(message);
    this.code = code;
    this.fields = fields;
  }

  get isSignedOut() { return this.code === "UNAUTHENTICATED"; }
}

const session = { requestToken: null, onSignedOut: () => {} };

export function useSession(requestToken, onSignedOut) {
  session.requestToken = requestToken;
  session.onSignedOut = onSignedOut;
}

/** Calls `Service/Method` with a request in protobuf's JSON mapping. */
export async function call(method, request = {}, options = {}) {
  const response = await send(`/berth.v1.${method}`, "POST", request, options);
  return response.json();
}

/** The responses of a call that streams them, one line of JSON each. */
export async function* stream(method, request, signal) {
  const response = await send(`/berth.v1.${method}`, "POST", request, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.trim()) yield checked(JSON.parse(line));
  }
  if (rest.trim()) yield checked(JSON.parse(rest));
}

/** A request of the console's own. */
export async function send(path, method, body, { signal } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method, signal, credentials: "same-origin", cache: "no-store",
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(session.requestToken ? { "X-Berth-Request-Token": session.requestToken } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError("UNAVAILABLE", "The console cannot be reached. It is tried again as soon as it answers.");
  }
  if (response.ok) return response;
  const failure = await failureOf(response);
  if (failure.isSignedOut && session.requestToken) session.onSignedOut();
  throw failure;
}

async function failureOf(response) {
  let body = {};
  try { body = await response.json(); } catch { /* Not ours: the status says it. */ }
  return errorOf(body.error ?? body, response.status);
}

function errorOf(body, status) {
  const codes = { 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE" };
  const code = body.code && typeof body.code === "string" ? body.code : body.status ?? codes[status] ?? "UNKNOWN";
  const details = Array.isArray(body.details) ? body.details : [];
  const fields = details.flatMap((detail) => detail.fieldViolations ?? (detail.field ? [detail] : []));
  const message = code === "UNAVAILABLE" ? "berthd cannot be reached right now. Nothing was changed; try again in a moment." : body.message || `The request failed (${code}).`;
  return new CallError(code, sentence(message), fields);
}

/** The last line of a stream that broke off says why. */
function checked(message) {
  if (message.error) throw errorOf(message.error, 0);
  return message.result ?? message;
}
