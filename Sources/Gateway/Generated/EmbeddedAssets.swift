// Written by Scripts/embed-assets.sh from Assets/. Do not edit.
// swift-format-ignore-file

/// The files of Assets/, by name.
enum EmbeddedAssets {
  /// Path below Assets/, the first 16 digits of its SHA-256, text.
  static let files: [(name: String, digest: String, text: String)] = [
    (
      "docs.css", "7302668de5ec8013",
      ##"""
      :root {
        --ground: #ffffff;
        --raised: #f5f6f8;
        --line: #d5d9e0;
        --text: #1b1f27;
        --quiet: #545c6b;
        --accent: #0b57c2;
        --good: #17683a;
        --bad: #b3261e;
        --get: #0b57c2;
        --post: #17683a;
        --put: #8a4b00;
        --mono: ui-monospace, "SFMono-Regular", Menlo, Consolas, "Liberation Mono", monospace;
      }
      @media (prefers-color-scheme: dark) {
        :root {
          --ground: #14171c;
          --raised: #1d2128;
          --line: #363c47;
          --text: #e6e9ee;
          --quiet: #a6aebb;
          --accent: #82b1ff;
          --good: #6fd694;
          --bad: #ff9c94;
          --get: #82b1ff;
          --post: #6fd694;
          --put: #ffc36b;
        }
      }
      * { box-sizing: border-box; }
      body {
        margin: 0;
        background: var(--ground);
        color: var(--text);
        font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      }
      a { color: var(--accent); }
      :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
      .skip { position: absolute; left: -99rem; }
      .skip:focus { left: 1rem; top: 0.5rem; background: var(--ground); padding: 0.25rem 0.5rem; z-index: 2; }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1.25rem;
        padding: 0.6rem 1.25rem;
        border-bottom: 1px solid var(--line);
      }
      header .name { font-weight: 650; color: var(--text); text-decoration: none; }
      #version { color: var(--quiet); }
      .token { margin-left: auto; display: flex; align-items: center; gap: 0.5rem; min-width: 0; }
      input, textarea, select, button {
        font: inherit;
        color: inherit;
        background: var(--ground);
        border: 1px solid var(--line);
        border-radius: 4px;
        padding: 0.3rem 0.5rem;
        max-width: 100%;
      }
      .token input { width: 16rem; min-width: 0; }
      textarea, code, pre, .path { font-family: var(--mono); font-size: 0.875rem; }
      textarea { width: 100%; min-height: 9rem; resize: vertical; white-space: pre; }
      button { cursor: pointer; background: var(--raised); padding: 0.3rem 0.9rem; }
      button.first { background: var(--accent); border-color: var(--accent); color: var(--ground); }
      button:disabled { opacity: 0.5; cursor: default; }
      .columns { display: grid; grid-template-columns: 21rem minmax(0, 1fr); }
      nav {
        border-right: 1px solid var(--line);
        height: calc(100vh - 3.4rem);
        position: sticky;
        top: 0;
        overflow-y: auto;
        padding: 1rem;
      }
      nav summary { display: none; }
      nav input { width: 100%; margin-bottom: 0.75rem; }
      nav h2 { font-size: 0.8rem; margin: 1rem 0 0.25rem; color: var(--quiet); font-weight: 600; }
      nav ul { list-style: none; margin: 0; padding: 0; }
      nav li a {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
        padding: 0.15rem 0.4rem;
        border-radius: 4px;
        color: var(--text);
        text-decoration: none;
        overflow-wrap: anywhere;
      }
      nav li a:hover { background: var(--raised); }
      nav li a[aria-current] { background: var(--raised); box-shadow: inset 3px 0 0 var(--accent); }
      .method { font: 600 0.72rem/1.4 var(--mono); width: 2.6rem; flex: none; }
      .method.get { color: var(--get); }
      .method.post { color: var(--post); }
      .method.put { color: var(--put); }
      main { padding: 1.25rem 2rem 4rem; min-width: 0; max-width: 62rem; }
      main:focus { outline: none; }
      h1 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 0.5rem; overflow-wrap: anywhere; }
      h2 { font-size: 1.05rem; margin: 1.75rem 0 0.5rem; }
      .path { display: flex; gap: 0.6rem; align-items: baseline; overflow-wrap: anywhere; margin: 0 0 1rem; }
      .path .method { width: auto; font-size: 0.875rem; }
      .quiet { color: var(--quiet); }
      pre {
        background: var(--raised);
        border: 1px solid var(--line);
        border-radius: 4px;
        padding: 0.6rem 0.75rem;
        margin: 0.5rem 0;
        overflow: auto;
        max-height: 32rem;
      }
      pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }
      .fields { border-top: 1px solid var(--line); margin: 0.5rem 0; }
      .field { border-bottom: 1px solid var(--line); padding: 0.35rem 0; }
      .field code { font-weight: 600; overflow-wrap: anywhere; }
      .field .kind { color: var(--quiet); margin-left: 0.5rem; font-size: 0.875rem; }
      .field p { margin: 0.1rem 0 0; }
      .field .fields { margin-left: 1rem; border-top: 0; }
      .field .fields .field:last-child { border-bottom: 0; }
      .field summary { cursor: pointer; }
      .form { display: grid; gap: 0.6rem; }
      .form label { display: grid; gap: 0.15rem; }
      .queries { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.6rem; }
      .row { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
      .status { font-weight: 600; }
      .status.good { color: var(--good); }
      .status.bad { color: var(--bad); }
      .note { padding: 1rem 1.25rem; }
      @media (max-width: 52rem) {
        .columns { display: block; }
        nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
        nav summary { display: list-item; cursor: pointer; font-weight: 600; margin-bottom: 0.5rem; }
        #operations { max-height: 50vh; overflow-y: auto; }
        main { padding: 1rem 1rem 3rem; }
        header { padding: 0.6rem 1rem; }
        .token { margin-left: 0; width: 100%; }
        .token input { flex: 1; width: auto; }
      }

      """##
    ),
    (
      "docs.html", "9909f43e833223ba",
      ##"""
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>Berth API</title>
      <link rel="icon" href="data:,">
      <link rel="stylesheet" href="/docs/docs.css">
      <script src="/docs/docs.js" defer></script>
      </head>
      <body>
      <a class="skip" href="#operation">Skip to the operation</a>
      <header>
        <a class="name" href="#">Berth API</a>
        <span id="version"></span>
        <label class="token">Token
          <input id="token" type="password" autocomplete="off" spellcheck="false" placeholder="bearer token or API key">
        </label>
        <a href="/openapi.json">openapi.json</a>
      </header>
      <div class="columns">
        <nav aria-label="Operations">
          <details id="menu" open>
            <summary>Operations</summary>
            <input id="filter" type="search" placeholder="Filter" aria-label="Filter operations">
            <div id="operations"></div>
          </details>
        </nav>
        <main id="operation" tabindex="-1"><p id="state" role="status">Loading…</p></main>
      </div>
      <noscript><p class="note">This page is made by JavaScript from <a href="/openapi.json">/openapi.json</a>.</p></noscript>
      </body>
      </html>

      """##
    ),
    (
      "docs.js", "58e855d0c0974198",
      ##"""
      // The page at /docs: shows /openapi.json and makes requests. No text from it becomes markup.
      "use strict";

      const state = { document: null, operations: [], controller: null };
      const byID = (id) => document.getElementById(id);

      /** An element with attributes and children; texts become text nodes. */
      function element(name, attributes = {}, ...children) {
        const made = document.createElement(name);
        for (const [key, value] of Object.entries(attributes)) {
          if (value === undefined || value === false) continue;
          if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
          else made.setAttribute(key, value === true ? "" : value);
        }
        made.append(...children.flat().filter((child) => child !== null && child !== undefined));
        return made;
      }

      /** Text with `code` in backquotes, in paragraphs. */
      function words(text) {
        return text.split("\n\n").map((paragraph) => element("p", {}, ...paragraph.split("`").map(
          (part, index) => index % 2 ? element("code", {}, part) : part)));
      }

      // MARK: The document

      function resolve(schema) {
        let found = schema;
        for (let depth = 0; found && found.$ref && depth < 8; depth += 1) {
          const target = found.$ref.slice(2).split("/")
            .reduce((value, key) => value?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], state.document);
          const { $ref: _, ...siblings } = found;
          found = { ...target, ...siblings };
        }
        return found ?? {};
      }

      function nameOf(schema) {
        return schema?.$ref ? schema.$ref.split("/").pop() : "";
      }

      function kindOf(schema) {
        const found = resolve(schema);
        if (found.type === "array") return `array of ${kindOf(found.items)}`;
        if (found.type === "object" && found.additionalProperties) {
          return `map to ${kindOf(found.additionalProperties)}`;
        }
        if (found.enum) return nameOf(schema) ? nameOf(schema).split(".").pop() : "enum";
        if (found.type === "object") return nameOf(schema).split(".").pop() || "object";
        const type = [found.type ?? "any"].flat().join(" or ");
        return found.format ? `${type} (${found.format})` : type;
      }

      /** The operations in the order of the document's tags. */
      function operationsOf(spec) {
        const all = Object.entries(spec.paths).flatMap(([path, methods]) =>
          Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })));
        return spec.tags.flatMap((tag) => all.filter((one) => one.tags.includes(tag.name)));
      }

      // MARK: The list

      function showList() {
        const wanted = byID("filter").value.trim().toLowerCase();
        const current = decodeURIComponent(location.hash.slice(1));
        const parts = state.document.tags.map((tag) => {
          const items = state.operations.filter((one) => one.tags.includes(tag.name)
            && `${one.path} ${one.summary}`.toLowerCase().includes(wanted));
          if (items.length === 0) return null;
          return [
            element("h2", {}, tag.name),
            element("ul", {}, items.map((one) => element("li", {}, element("a", {
              href: `#${one.operationId}`,
              title: one.summary,
              "aria-current": one.operationId === current ? "page" : undefined,
            }, element("span", { class: `method ${one.method}` }, one.method.toUpperCase()),
            one.path.split("/").pop())))),
          ];
        });
        const shown = parts.flat().filter(Boolean);
        byID("operations").replaceChildren(
          ...(shown.length ? shown.flat() : [element("p", { class: "quiet" }, "Nothing matches.")]));
      }

      // MARK: Schemas

      /** The fields of a schema; those of a message within are shown when asked for. */
      function fieldsOf(schema, names = []) {
        let found = resolve(schema);
        if (found.anyOf) return element("div", {}, found.anyOf.map((one) => fieldsOf(one, names)));
        if (found.type === "array") {
          return element("div", {}, element("p", { class: "quiet" }, "Array of:"), fieldsOf(found.items, names));
        }
        const properties = Object.entries(found.properties ?? {});
        if (properties.length === 0) {
          return element("p", { class: "quiet" }, found.type === "object" ? "No fields." : kindOf(schema));
        }
        return element("div", { class: "fields" }, properties.map(([name, property]) =>
          field(name, property, (found.required ?? []).includes(name), names)));
      }

      function field(name, property, isRequired, names) {
        const found = resolve(property);
        const inner = found.type === "array" ? found.items : found.additionalProperties ?? property;
        const innerName = nameOf(inner);
        const hasFields = resolve(inner).properties && !names.includes(innerName);
        const head = [
          element("code", {}, name),
          element("span", { class: "kind" }, kindOf(property) + (isRequired ? ", required" : "")),
        ];
        const text = found.description ? words(found.description) : [];
        const choices = resolve(inner).enum;
        if (choices) {
          const listed = element("p", { class: "quiet" },
            ...choices.flatMap((one, index) => [index ? ", " : "", element("code", {}, one)]));
          text.push(choices.length > 4 ? element("details", {}, element("summary", {}, "Values"), listed) : listed);
        }
        if (!hasFields) return element("div", { class: "field" }, ...head, ...text);
        const details = element("details", {}, element("summary", {}, ...head), ...text);
        details.addEventListener("toggle", () => {
          if (details.open && !details.querySelector(":scope > .fields")) {
            details.append(fieldsOf(inner, [...names, innerName]));
          }
        });
        return element("div", { class: "field" }, details);
      }

      /** A value to begin with: required fields, or every field that is no list or map. */
      function sample(schema, depth = 0) {
        const found = resolve(schema);
        if (found.enum) return found.enum[0];
        if (found.format?.endsWith("int64")) return "0";
        switch ([found.type].flat()[0]) {
          case "object": {
            const made = {};
            if (depth > 2) return made;
            for (const [name, property] of Object.entries(found.properties ?? {})) {
              const one = resolve(property);
              if (found.required && !found.required.includes(name)) continue;
              if (one.type === "array" || one.additionalProperties) continue;
              if (nameOf(property).startsWith("google.protobuf.")) continue;
              made[name] = sample(property, depth + 1);
            }
            return made;
          }
          case "array": return [];
          case "integer": case "number": return found.minimum ?? 0;
          case "boolean": return false;
          default: return "";
        }
      }

      // MARK: One operation

      function show() {
        const id = decodeURIComponent(location.hash.slice(1));
        const operation = state.operations.find((one) => one.operationId === id);
        state.controller?.abort();
        byID("operation").replaceChildren(...(operation ? page(operation) : start()));
        document.title = operation ? `${operation.path} - Berth API` : "Berth API";
        showList();
        if (operation) {
          if (matchMedia("(max-width: 52rem)").matches) byID("menu").open = false;
          byID("operation").focus({ preventScroll: true });
          window.scrollTo(0, 0);
        }
      }

      function start() {
        const { info, tags } = state.document;
        return [
          element("h1", {}, `${info.title} API`), ...words(info.description),
          element("h2", {}, "Parts"),
          element("div", { class: "fields" }, tags.map((tag) => element("div", { class: "field" },
            element("code", {}, tag.name), ...words(tag.description ?? "")))),
        ];
      }

      function page(operation) {
        const parameters = (operation.parameters ?? []).map(resolve);
        const body = operation.requestBody?.content?.["application/json"]?.schema;
        const answer = operation.responses["200"]?.content ?? {};
        const [type] = Object.keys(answer);
        return [
          element("h1", {}, operation.summary),
          element("p", { class: "path" },
            element("span", { class: `method ${operation.method}` }, operation.method.toUpperCase()),
            operation.path),
          ...(operation.description && operation.description !== operation.summary
            ? words(operation.description) : []),
          element("p", { class: "quiet" }, operation.security?.length ? "Needs a token." : "Anyone may ask."),
          tryOut(operation, parameters, body),
          element("h2", {}, "Request"),
          body ? fieldsOf(body) : element("p", { class: "quiet" }, "No body."),
          element("div", { class: "fields" }, parameters.map((one) => element("div", { class: "field" },
            element("code", {}, one.name),
            element("span", { class: "kind" }, `${kindOf(one.schema)} in the ${one.in}${one.required ? ", required" : ""}`),
            ...words(one.description ?? "")))),
          element("h2", {}, type === "application/x-ndjson" ? "Answer, one a line" : "Answer"),
          type ? fieldsOf(answer[type].schema) : element("p", { class: "quiet" }, "This method is called over berth/1 alone."),
          element("h2", {}, "Errors"),
          element("div", { class: "fields" }, Object.entries(operation.responses)
            .filter(([code]) => code !== "200")
            .map(([code, response]) => element("div", { class: "field" },
              element("code", {}, code), ...words(resolve(response).description ?? "")))),
        ];
      }

      // MARK: Trying it out

      function tryOut(operation, parameters, body) {
        const queries = parameters.filter((one) => one.in === "query").map((one) => ({
          name: one.name, input: element("input", { type: "text", autocomplete: "off", required: one.required }),
        }));
        const area = body
          ? element("textarea", { spellcheck: "false", "aria-label": "Body" }, JSON.stringify(sample(body), null, 2))
          : null;
        const send = element("button", { class: "first", type: "submit" }, "Send");
        const stop = element("button", { type: "button", disabled: true, onclick: () => state.controller?.abort() }, "Stop");
        const outcome = element("div", { "aria-live": "polite" });
        const request = () => requestOf(operation, queries, area?.value);
        const copy = element("button", {
          type: "button",
          onclick: () => navigator.clipboard?.writeText(curl(request())),
        }, "Copy as curl");
        const form = element("form", { class: "form", "aria-label": "Try it" },
          element("div", { class: "queries" }, queries.map((one) => element("label", {}, one.name, one.input))),
          area, element("div", { class: "row" }, send, stop, copy), outcome);
        form.addEventListener("submit", (event) => {
          event.preventDefault();
          run(request(), outcome, send, stop);
        });
        return element("section", {}, element("h2", {}, "Try it"), form);
      }

      function requestOf(operation, queries, body) {
        const url = new URL(operation.path, location.origin);
        for (const { name, input } of queries) {
          if (input.value !== "") url.searchParams.set(name, input.value);
        }
        const headers = {};
        const token = byID("token").value.trim();
        if (token && operation.security?.length) headers.authorization = `Bearer ${token}`;
        if (body !== undefined) headers["content-type"] = "application/json";
        return { url, method: operation.method.toUpperCase(), headers, body };
      }

      function curl(request) {
        const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
        const parts = ["curl", "-X", request.method, quoted(request.url.href)];
        for (const [name, value] of Object.entries(request.headers)) parts.push("-H", quoted(`${name}: ${value}`));
        if (request.body !== undefined) parts.push("-d", quoted(request.body));
        return parts.join(" ");
      }

      async function run(request, outcome, send, stop) {
        state.controller?.abort();
        const controller = new AbortController();
        state.controller = controller;
        send.disabled = true;
        stop.disabled = false;
        const status = element("span", { class: "status" }, "Waiting…");
        const text = element("pre", { class: "wrap", tabindex: "0", "aria-label": "Answer" });
        outcome.replaceChildren(element("p", {}, status), text);
        const begun = performance.now();
        try {
          const response = await fetch(request.url, {
            method: request.method, headers: request.headers, body: request.body, signal: controller.signal,
          });
          const took = Math.round(performance.now() - begun);
          status.textContent = `${response.status} ${response.statusText} after ${took} ms`;
          status.classList.add(response.ok ? "good" : "bad");
          const id = response.headers.get("x-request-id");
          if (id) status.after(element("span", { class: "quiet" }, `  request ${id}`));
          await showBody(response, text);
        } catch (error) {
          if (controller.signal.aborted) text.append("\nStopped.");
          else status.textContent = `No answer: ${error.message}`;
        } finally {
          send.disabled = false;
          stop.disabled = true;
        }
      }

      async function showBody(response, text) {
        if (response.headers.get("content-type")?.startsWith("application/x-ndjson")) {
          const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
          for (;;) {
            const { value, done } = await reader.read();
            if (done) return;
            text.append(value);
            // A watch has no end: the page keeps the latest.
            while (text.childNodes.length > 500) text.firstChild.remove();
            text.scrollTop = text.scrollHeight;
          }
        }
        const body = await response.text();
        try {
          text.textContent = JSON.stringify(JSON.parse(body), null, 2);
        } catch {
          text.textContent = body;
        }
      }

      // MARK: Start

      async function begin() {
        const token = byID("token");
        token.value = sessionStorage.getItem("berth-docs-token") ?? "";
        token.addEventListener("input", () => sessionStorage.setItem("berth-docs-token", token.value));
        try {
          const response = await fetch("/openapi.json");
          if (!response.ok) throw new Error(`${response.status}`);
          state.document = await response.json();
        } catch (error) {
          byID("state").textContent = `/openapi.json cannot be read: ${error.message}`;
          return;
        }
        state.operations = operationsOf(state.document);
        byID("version").textContent = state.document.info.version;
        byID("filter").addEventListener("input", showList);
        window.addEventListener("hashchange", show);
        show();
      }

      begin();

      """##
    ),
  ]
}
