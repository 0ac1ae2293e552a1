// Written by Scripts/embed-assets.sh from Assets/. Do not edit.
// swift-format-ignore-file

/// The files of Assets/, by name.
enum EmbeddedAssets {
  /// Path below Assets/, the first 16 digits of its SHA-256, text.
  static let files: [(name: String, digest: String, text: String)] = [
    (
      "css/base.css", "95a3a6d4f1515a28",
      ##"""
      *, *::before, *::after { box-sizing: border-box; }
      html { font-size: 100%; -webkit-text-size-adjust: 100%; }
      body {
        margin: 0;
        min-height: 100vh;
        background: var(--canvas);
        color: var(--ink);
        font: var(--text);
        font-variant-numeric: tabular-nums;
        -webkit-font-smoothing: antialiased;
        overflow-wrap: anywhere;
      }
      h1, h2, h3, h4, p, ul, ol, dl, dd, figure, fieldset { margin: 0; padding: 0; }
      h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.018em; }
      h2 { font-size: 1.0625rem; line-height: 1.35; font-weight: 620; letter-spacing: -0.008em; }
      h3 { font-size: 0.9375rem; font-weight: 600; }
      ul, ol { list-style: none; }
      fieldset { border: 0; min-width: 0; }
      a { color: var(--accent); text-decoration: none; }
      a:hover { text-decoration: underline; text-underline-offset: 3px; }
      button, input, select, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
      code, pre, .mono { font-family: var(--mono); font-size: 0.8667em; font-variant-ligatures: none; }
      svg { display: block; flex: none; }
      [hidden] { display: none !important; }
      :focus { outline: none; }
      :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
      main:focus-visible { outline: none; }
      ::selection { background: var(--accent-soft); color: var(--ink); }

      .unseen {
        position: absolute; width: 1px; height: 1px; margin: -1px;
        overflow: hidden; clip-path: inset(50%); white-space: nowrap;
      }
      .skip-link {
        position: fixed; top: 8px; left: 8px; z-index: 100; padding: 8px 14px;
        background: var(--accent); color: var(--on-accent); border-radius: var(--radius-small);
        transform: translateY(-200%);
      }
      .skip-link:focus-visible { transform: none; }
      .noscript { padding: 48px 24px; text-align: center; }
      .soft { color: var(--ink-soft); }
      .small { font-size: 0.8125rem; }
      .strong { font-weight: 600; }
      .clip { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
      .stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; min-width: 0; }
      .stack.tight { gap: 8px; }
      .row { display: flex; align-items: center; gap: 12px; min-width: 0; }
      .row.wrap { flex-wrap: wrap; }
      .row.tight { gap: 6px; }
      .spread { justify-content: space-between; }
      .grow { flex: 1; min-width: 0; }

      @media (prefers-reduced-motion: reduce) {
        *, *::before, *::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
      }

      """##
    ),
    (
      "css/pages.css", "f30b1a3dd5a2caa1",
      ##"""
      .tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 16px; }
      .tile { padding: 16px 18px; display: grid; gap: 2px; align-content: start; color: var(--ink); }
      a.tile { transition: border-color var(--quick); }
      a.tile:hover { text-decoration: none; border-color: var(--line-strong); }
      .tile .label { display: flex; align-items: center; gap: 8px; color: var(--ink-soft); font-weight: 560; }
      .tile .figure { font-size: 1.875rem; line-height: 1.25; font-weight: 640; letter-spacing: -0.025em; }
      .tile .figure small { font-size: 0.9375rem; font-weight: 520; color: var(--ink-soft); letter-spacing: 0; }
      .tile .label i { width: 8px; height: 8px; border-radius: 50%; }
      .columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
      .columns.main-side { align-items: start; grid-template-columns: minmax(0, 1.55fr) minmax(0, 1fr); }
      .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); gap: 16px; align-items: start; }
      @media (max-width: 1040px) { .columns, .columns.main-side { grid-template-columns: minmax(0, 1fr); } }
      @media (max-width: 860px) { .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; } .tile { padding: 14px; } .tile .figure { font-size: 1.5rem; } }

      .activity-row { display: grid; grid-template-columns: 12px minmax(0, 1fr) auto; gap: 2px 12px; align-items: baseline; padding: 7px 18px; color: var(--ink); }
      .activity-row p { line-height: 1.45; }
      .activity-row:hover { background: var(--sunken); text-decoration: none; }
      .activity-row i { width: 9px; height: 9px; border-radius: 50%; }
      i[data-tone] { background: var(--ended); }
      i[data-tone="waiting"] { background: var(--waiting); }
      i[data-tone="starting"] { background: var(--starting); }
      i[data-tone="running"] { background: var(--running); }
      i[data-tone="failed"] { background: var(--failed); }

      .steps { display: grid; gap: 0; counter-reset: step; }
      .step { display: grid; grid-template-columns: 34px minmax(0, 1fr) auto; gap: 14px; align-items: center; padding: 14px 18px; border-bottom: 1px solid var(--line); }
      .step:last-child { border-bottom: 0; }
      .step-mark { width: 30px; height: 30px; border-radius: 50%; display: grid; place-items: center; font-size: 0.8125rem; font-weight: 640; border: 1.5px solid var(--line-strong); color: var(--ink-soft); }
      .step[data-done="true"] .step-mark { background: var(--running-soft); color: var(--running); border-color: transparent; }
      .step[data-done="true"] .step-text h3 { color: var(--ink-soft); font-weight: 540; }

      .deployment-list .list-head, .deployment-list .list-row { grid-template-columns: minmax(0, 2.4fr) 118px 74px minmax(0, 1.5fr) minmax(0, 1.1fr) 96px; }
      .queue-list .list-head, .queue-list .list-row { grid-template-columns: 40px minmax(0, 1.5fr) 74px minmax(0, 1fr) minmax(0, 2.3fr) 84px; }
      .member-list .list-head, .member-list .list-row { grid-template-columns: minmax(0, 2fr) 170px 130px 110px; }
      .shard-list .list-head, .shard-list .list-row { grid-template-columns: 60px minmax(0, 2fr) repeat(3, minmax(0, 0.8fr)) minmax(0, 1fr); }
      .waits { display: grid; gap: 10px; margin-top: 12px; }
      .waits dl.facts { grid-template-columns: repeat(3, minmax(0, 1fr)); }
      .place { display: grid; place-items: center; width: 30px; height: 30px; border-radius: 50%; background: var(--sunken); font-size: 0.8125rem; font-weight: 640; color: var(--ink-soft); }
      .place.first { background: var(--waiting-soft); color: var(--waiting); }
      .cell-label { display: none; }
      @media (max-width: 860px) {
        .list-head { display: none; }
        .deployment-list .list-row, .queue-list .list-row, .member-list .list-row, .shard-list .list-row { grid-template-columns: minmax(0, 1fr) auto; gap: 6px 12px; padding: 12px 16px; }
        .deployment-list .list-row > :nth-child(1), .member-list .list-row > :nth-child(1) { grid-column: 1; }
        .deployment-list .list-row > :nth-child(4), .deployment-list .list-row > :nth-child(3) { display: none; }
        .deployment-list .list-row > :nth-child(5) { grid-column: 1; }
        .deployment-list .list-row > :nth-child(2), .deployment-list .list-row > :nth-child(6) { justify-self: end; }
        .search kbd { display: none; }
        .search { max-width: none; }
        .queue-list .list-row { grid-template-columns: 34px minmax(0, 1fr) auto; }
        .queue-list .list-row > :nth-child(4) { display: none; }
        .queue-list .list-row > :nth-child(5) { grid-column: 2 / -1; grid-row: 2; }
        .queue-list .list-row > :nth-child(6) { grid-column: 3; grid-row: 1; }
        .queue-list .list-row > :nth-child(3) { display: none; }
        .shard-list .list-row > :nth-child(2) { grid-column: 1 / -1; }
        .cell-label { display: inline; color: var(--ink-soft); }
      }

      .toolbar { display: flex; flex-wrap: wrap; gap: 12px; align-items: center; justify-content: space-between; padding: 14px 18px; border-bottom: 1px solid var(--line); }
      .search { position: relative; flex: 1 1 220px; max-width: 340px; }
      .search input { padding-left: 36px; min-height: 36px; }
      .search svg { position: absolute; left: 11px; top: 10px; color: var(--ink-soft); }
      .search kbd { position: absolute; right: 9px; top: 7px; }

      .timeline { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); padding: 4px 0; }
      .timeline li { position: relative; display: grid; justify-items: center; align-content: start; gap: 8px; text-align: center; font-size: 0.8125rem; min-width: 0; color: var(--ink-soft); }
      .timeline li::before { content: ""; position: absolute; top: 13px; left: calc(-50% + 18px); width: calc(100% - 36px); height: 2px; border-radius: 2px; background: var(--line); }
      .timeline li:first-child::before { display: none; }
      .timeline li[data-reached="true"]::before { background: var(--accent); }
      .timeline .dot { position: relative; width: 28px; height: 28px; border-radius: 50%; display: grid; place-items: center; background: var(--surface); border: 2px solid var(--line); color: var(--ink-soft); }
      .timeline .dot svg { width: 13px; height: 13px; }
      .timeline li[data-reached="true"] .dot { border-color: var(--accent); background: var(--accent-soft); color: var(--accent-strong); }
      .timeline li[data-current="true"] { color: var(--ink); }
      .timeline li[data-current="true"] .dot { box-shadow: 0 0 0 4px var(--accent-soft); }
      .timeline li[data-tone="failed"] .dot { border-color: var(--failed); background: var(--failed-soft); color: var(--failed); box-shadow: none; }
      .timeline .strong { color: inherit; }
      @media (max-width: 520px) {
        .timeline { grid-auto-flow: row; grid-auto-columns: auto; gap: 16px; }
        .timeline li { grid-template-columns: 28px minmax(0, 1fr); gap: 12px; text-align: left; justify-items: start; align-items: center; min-height: 42px; align-content: center; }
        .timeline li::before { display: none; }
        .timeline li:not(:last-child)::after { content: ""; position: absolute; left: 13px; top: calc(50% + 17px); height: calc(100% - 18px); width: 2px; background: var(--line); }
        .timeline li:has(+ li[data-reached="true"])::after { background: var(--accent); }
      }

      .timeline + * { margin-top: 16px; }
      .events { display: grid; }
      .event { display: grid; grid-template-columns: 118px minmax(0, 1fr) auto; gap: 14px; padding: 11px 0; border-bottom: 1px solid var(--line); align-items: baseline; }
      .event:last-child { border-bottom: 0; }
      @media (max-width: 520px) { .event { grid-template-columns: minmax(0, 1fr) auto; } .event > :nth-child(2) { grid-column: 1 / -1; grid-row: 2; } }

      .log { background: light-dark(#0f1a21, #0a1014); color: #d7e3ea; border-radius: var(--radius-small); font: 400 0.8125rem/1.6 var(--mono); height: min(56vh, 560px); overflow: auto; padding: 12px 0; border: 1px solid var(--line); }
      .log div { padding: 0 16px; white-space: pre-wrap; overflow-wrap: anywhere; content-visibility: auto; contain-intrinsic-size: auto 21px; }
      .log div.error-stream { color: #ffb4a8; }
      .log .log-note { color: #9fb4c0; font-style: italic; }
      .log:focus-visible { outline-offset: 2px; }

      .why { display: grid; gap: 16px; }
      .why-summary { font-size: 1.0625rem; font-weight: 560; line-height: 1.45; }
      .fit { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 14px; padding: 12px 0; border-bottom: 1px solid var(--line); }
      .fit:last-child { border-bottom: 0; }
      .fit p { grid-column: 1 / -1; }
      .advice li { display: grid; grid-template-columns: 20px minmax(0, 1fr); gap: 10px; padding: 6px 0; }
      .advice svg { color: var(--accent); margin-top: 3px; }
      .agent-line { display: flex; align-items: flex-start; gap: 9px; font-size: 0.8125rem; }
      .agent-line i { width: 8px; height: 8px; border-radius: 50%; flex: none; margin-top: 6px; }
      .holders { display: grid; grid-template-columns: minmax(0, 1fr); min-width: 0; gap: 2px; }
      .holders a span:last-child { flex: none; }
      .holders a { display: flex; justify-content: space-between; gap: 10px; padding: 4px 8px; margin: 0 -8px; border-radius: 6px; color: var(--ink); font-size: 0.8125rem; }
      .holders a:hover { background: var(--sunken); text-decoration: none; }
      .secret { font: 600 1rem/1.5 var(--mono); padding: 12px 14px; border-radius: var(--radius-small); background: var(--sunken); border: 1px dashed var(--line-strong); overflow-wrap: anywhere; }
      .dry-run { padding: 12px 14px; border-radius: var(--radius-small); background: var(--sunken); border: 1px solid var(--line); display: grid; gap: 4px; font-size: 0.875rem; }
      .dry-run[data-fits="true"] { background: var(--running-soft); color: var(--running); border-color: transparent; }
      .dry-run[data-fits="false"] { background: var(--waiting-soft); color: var(--waiting); border-color: transparent; }

      """##
    ),
    (
      "css/parts.css", "20e2fc33fb2c32d6",
      ##"""
      .button {
        display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-height: 38px; padding: 7px 14px;
        border: 1px solid var(--line); border-radius: var(--radius-small); background: var(--surface); color: var(--ink);
        font-weight: 560; cursor: pointer; white-space: nowrap; transition: background var(--quick), border-color var(--quick), color var(--quick);
      }
      .button:hover { background: var(--sunken); text-decoration: none; }
      .button:active { transform: translateY(0.5px); }
      .button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
      .button.primary:hover { background: var(--accent-strong); border-color: var(--accent-strong); }
      .button.danger { color: var(--failed); }
      .button.danger:hover { background: var(--failed-soft); border-color: var(--failed); }
      .button.quiet { border-color: transparent; background: transparent; color: var(--ink-soft); }
      .button.quiet:hover { background: var(--sunken); color: var(--ink); }
      .button.small { min-height: 30px; padding: 3px 10px; font-size: 0.8125rem; }
      .button.icon { width: 38px; padding: 0; }
      .button.icon.small { width: 32px; min-height: 32px; }
      .button[disabled], .button[aria-disabled="true"] { opacity: 0.55; cursor: default; }
      .button .spinner { width: 13px; height: 13px; }

      .card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: 0 1px 2px var(--shadow); min-width: 0; }
      .card-head { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 16px 18px 0; flex-wrap: wrap; }
      .card-body { padding: 16px 18px 18px; }
      .card-head + .card-body { padding-top: 12px; }

      .field { display: grid; gap: 6px; align-content: start; min-width: 0; }
      .field label, .label { font-size: 0.8125rem; font-weight: 580; color: var(--ink); }
      .field .hint { font-size: 0.8125rem; color: var(--ink-soft); }
      .field .error { font-size: 0.8125rem; color: var(--failed); font-weight: 540; }
      .field .error::before { content: "⚠ "; }
      input:not([type="checkbox"], [type="radio"]), select, textarea {
        width: 100%; min-height: 40px; padding: 8px 11px; border: 1px solid var(--line-strong); border-radius: var(--radius-small);
        background: var(--surface); transition: border-color var(--quick), box-shadow var(--quick);
      }
      textarea { min-height: 84px; resize: vertical; line-height: 1.5; }
      select { appearance: none; padding-right: 32px; background-image: linear-gradient(45deg, transparent 50%, var(--ink-soft) 50%), linear-gradient(-45deg, transparent 50%, var(--ink-soft) 50%); background-position: right 16px top calc(50% + 1px), right 11px top calc(50% + 1px); background-size: 5.5px 5.5px; background-repeat: no-repeat; text-overflow: ellipsis; }
      input:focus-visible, select:focus-visible, textarea:focus-visible { outline: none; border-color: var(--accent); box-shadow: 0 0 0 3px var(--accent-soft), 0 0 0 1px var(--accent); border-radius: var(--radius-small); }
      [aria-invalid="true"] { border-color: var(--failed) !important; }
      ::placeholder { color: var(--ink-soft); opacity: 0.8; }
      .suffixed { position: relative; }
      .suffixed input { padding-right: 58px; }
      .suffixed > span { position: absolute; right: 12px; top: 50%; transform: translateY(-50%); color: var(--ink-soft); font-size: 0.8125rem; pointer-events: none; }
      .form { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; min-width: 0; }
      .form-grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(140px, 100%), 1fr)); gap: 14px; }
      .form-actions { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 10px; }
      .form-error, .notice { padding: 10px 14px; border-radius: var(--radius-small); background: var(--failed-soft); color: var(--failed); font-size: 0.875rem; font-weight: 520; }
      .notice { background: var(--accent-soft); color: var(--accent-strong); }
      .notice.warn { background: var(--waiting-soft); color: var(--waiting); }
      .notice.good { background: var(--running-soft); color: var(--running); }
      details.more > summary { cursor: pointer; font-weight: 560; color: var(--accent); padding: 4px 0; width: fit-content; }
      details.more[open] > summary { margin-bottom: 12px; }

      .badge { display: inline-flex; align-items: center; gap: 6px; padding: 2px 9px 2px 7px; border-radius: 99px; font-size: 0.75rem; font-weight: 600; line-height: 1.5; white-space: nowrap; background: var(--ended-soft); color: var(--ended); }
      .badge svg { width: 12px; height: 12px; }
      .badge[data-tone="waiting"] { background: var(--waiting-soft); color: var(--waiting); }
      .badge[data-tone="starting"] { background: var(--starting-soft); color: var(--starting); }
      .badge[data-tone="running"] { background: var(--running-soft); color: var(--running); }
      .badge[data-tone="failed"] { background: var(--failed-soft); color: var(--failed); }
      .badge[data-tone="accent"] { background: var(--accent-soft); color: var(--accent-strong); }
      .badge.plain { padding-left: 9px; }
      .badge[data-tone="starting"] svg { animation: turn 2.4s linear infinite; }

      .meter { display: grid; gap: 5px; min-width: 0; }
      .meter-head { display: flex; justify-content: space-between; gap: 8px; font-size: 0.8125rem; }
      .meter-head span:first-child { font-weight: 560; }
      .meter-track { height: 8px; border-radius: 99px; background: var(--sunken); overflow: hidden; box-shadow: inset 0 0 0 1px var(--line); }
      .meter-fill { height: 100%; width: 100%; background: var(--cpu); transform-origin: left; transition: transform var(--calm); }
      .meter[data-dimension="memory"] .meter-fill { background: var(--memory); }
      .meter[data-dimension="gpu"] .meter-fill { background: var(--gpu); }

      .devices { display: grid; grid-template-columns: repeat(auto-fill, minmax(42px, 1fr)); gap: 6px; }
      .device { position: relative; height: 40px; border-radius: 7px; background: var(--sunken); overflow: hidden; box-shadow: inset 0 0 0 1px var(--line); display: grid; place-items: center; font-size: 0.75rem; font-weight: 600; }
      .device-fill { position: absolute; inset: 0; background: color-mix(in srgb, var(--gpu) 38%, transparent); transform-origin: bottom; transform: translateY(100%); transition: transform var(--calm); }
      .device span { position: relative; }

      .tabs { display: flex; gap: 2px; border-bottom: 1px solid var(--line); overflow-x: auto; scrollbar-width: none; }
      .tabs button { border: 0; background: none; padding: 10px 12px; margin-bottom: -1px; font-weight: 560; color: var(--ink-soft); cursor: pointer; border-bottom: 2px solid transparent; white-space: nowrap; }
      .tabs button:hover { color: var(--ink); }
      .tabs button[aria-selected="true"] { color: var(--accent-strong); border-bottom-color: var(--accent); }
      .tabs button:focus-visible { outline-offset: -3px; }
      .tabs.even { gap: 0; }
      .tabs.even button { flex: 1; }

      .chips { display: flex; gap: 6px; flex-wrap: wrap; }
      .chip { border: 1px solid var(--line); background: var(--surface); border-radius: 99px; padding: 4px 12px; min-height: 32px; font-size: 0.8125rem; font-weight: 560; color: var(--ink-soft); cursor: pointer; }
      .chip:hover { background: var(--sunken); color: var(--ink); }
      .chip[aria-pressed="true"] { background: var(--accent-soft); color: var(--accent-strong); border-color: var(--accent); }

      .list { display: grid; }
      .list-head, .list-row { display: grid; align-items: center; gap: 14px; padding: 0 18px; }
      .list-head { min-height: 38px; font-size: 0.75rem; font-weight: 600; color: var(--ink-soft); border-bottom: 1px solid var(--line); }
      .list-row { min-height: 58px; padding-top: 8px; padding-bottom: 8px; border-bottom: 1px solid var(--line); color: var(--ink); transition: background var(--quick); }
      .list-row:last-child { border-bottom: 0; }
      a.list-row:hover { background: var(--sunken); text-decoration: none; }
      a.list-row:focus-visible { outline-offset: -3px; }
      .list-row.changed { animation: glow 1.6s ease-out; }
      @keyframes glow { from { background: var(--accent-soft); } }
      .pager { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 12px 18px; border-top: 1px solid var(--line); }

      .empty { display: grid; justify-items: center; gap: 10px; padding: 40px 20px; text-align: center; }
      .empty > svg { width: 56px; height: 56px; color: var(--line-strong); }
      .empty p { max-width: 52ch; color: var(--ink-soft); }
      .command { display: flex; align-items: center; gap: 8px; max-width: 100%; padding: 8px 8px 8px 14px; border-radius: var(--radius-small); background: var(--sunken); border: 1px solid var(--line); text-align: left; }
      .command code { overflow-x: auto; white-space: pre; min-width: 0; flex: 1; }
      .command.wrap code { white-space: pre-wrap; overflow-wrap: anywhere; }

      dialog { width: min(600px, calc(100vw - 24px)); max-height: min(88vh, 900px); padding: 0; border: 1px solid var(--line); border-radius: 16px; background: var(--raised); color: var(--ink); box-shadow: 0 24px 64px var(--shadow-deep); overflow: hidden; }
      dialog[open] { display: flex; flex-direction: column; animation: rise var(--calm); }
      dialog::backdrop { background: var(--veil); animation: fade var(--calm); }
      @keyframes rise { from { opacity: 0; transform: translateY(10px); } }
      @keyframes fade { from { opacity: 0; } }
      .dialog-head { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 18px 20px 0 22px; }
      .dialog-body { padding: 16px 22px 22px; overflow-y: auto; display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; min-height: 0; }
      .dialog-foot { position: sticky; bottom: -22px; margin: 0 -22px -22px; padding: 14px 22px; background: var(--raised); border-top: 1px solid var(--line); }

      .toasts { position: fixed; right: 20px; bottom: 20px; z-index: 60; display: grid; gap: 10px; width: min(380px, calc(100vw - 40px)); }
      .toast { display: flex; gap: 12px; align-items: flex-start; padding: 12px 12px 12px 16px; border-radius: var(--radius); border: 1px solid var(--line); border-left: 4px solid var(--running); background: var(--raised); box-shadow: 0 10px 30px var(--shadow-deep); animation: rise var(--calm); }
      .toast[data-tone="failed"] { border-left-color: var(--failed); }
      @media (max-width: 860px) { .toasts { bottom: 76px; } }

      .chart { display: grid; gap: 10px; min-width: 0; }
      .chart svg { width: 100%; height: auto; overflow: visible; }
      .chart .grid-line { stroke: var(--line); stroke-width: 1; }
      .chart .axis { fill: var(--ink-soft); font-size: 11px; font-family: inherit; }
      .chart .series { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
      .chart .area { opacity: 0.1; stroke: none; }
      .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 0.8125rem; color: var(--ink-soft); }
      .legend li { display: flex; align-items: center; gap: 7px; }
      .legend i { width: 14px; height: 3px; border-radius: 2px; }
      .legend b { color: var(--ink); font-weight: 600; }
      .chart-wait { display: grid; place-items: center; min-height: 150px; color: var(--ink-soft); font-size: 0.875rem; text-align: center; }

      kbd { display: inline-block; min-width: 24px; padding: 2px 7px; text-align: center; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 6px; background: var(--sunken); font: 600 0.75rem/1.5 var(--mono); }
      .shortcuts { display: grid; grid-template-columns: auto 1fr; gap: 10px 18px; align-items: center; }
      dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(170px, 100%), 1fr)); gap: 16px 22px; }
      dl.facts dt { font-size: 0.8125rem; color: var(--ink-soft); }
      dl.facts dd { font-weight: 540; margin-top: 2px; }

      """##
    ),
    (
      "css/shell.css", "59380af2a2532fb2",
      ##"""
      .shell { display: grid; grid-template-columns: 236px minmax(0, 1fr); min-height: 100vh; }
      .sidebar {
        position: sticky; top: 0; height: 100vh; display: flex; flex-direction: column; gap: 20px;
        padding: 20px 14px 14px; border-right: 1px solid var(--line); background: var(--surface);
      }
      .brand { display: flex; align-items: center; gap: 10px; padding: 0 8px; font-size: 1.125rem; font-weight: 680; letter-spacing: -0.02em; color: var(--ink); }
      .brand:hover { text-decoration: none; }
      .brand svg { width: 28px; height: 28px; }
      .organization-switch { display: grid; gap: 4px; }
      .organization-switch select { width: 100%; font-weight: 560; }
      .nav { display: grid; gap: 2px; }
      .nav a {
        display: flex; align-items: center; gap: 11px; padding: 8px 10px; border-radius: var(--radius-small);
        color: var(--ink-soft); font-weight: 520; transition: background var(--quick), color var(--quick);
      }
      .nav a:hover { background: var(--sunken); color: var(--ink); text-decoration: none; }
      .nav a[aria-current] { background: var(--accent-soft); color: var(--accent-strong); }
      .nav .count { margin-left: auto; font-size: 0.75rem; font-weight: 620; min-width: 20px; text-align: center; padding: 1px 6px; border-radius: 99px; background: var(--sunken); color: var(--ink-soft); }
      .nav a[aria-current] .count { background: var(--surface); color: var(--accent-strong); }
      .sidebar-foot { margin-top: auto; display: grid; gap: 10px; }
      .account { display: flex; align-items: center; gap: 10px; padding: 8px; border-radius: var(--radius-small); border-top: 1px solid var(--line); border-radius: 0; padding-top: 14px; }
      .avatar {
        display: grid; place-items: center; width: 32px; height: 32px; flex: none; border-radius: 50%;
        background: var(--accent-soft); color: var(--accent-strong); font-size: 0.8125rem; font-weight: 660; text-transform: uppercase;
      }
      .content { min-width: 0; display: flex; flex-direction: column; }
      .topbar { display: none; }
      .page { width: 100%; max-width: 1240px; margin: 0 auto; padding: 28px 32px 64px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 24px; align-content: start; }
      .page-head { display: flex; flex-wrap: wrap; align-items: flex-start; justify-content: space-between; gap: 12px 20px; }
      .page-head .lead { margin-top: 4px; color: var(--ink-soft); max-width: 66ch; }

      .link-state { display: inline-flex; align-items: center; gap: 8px; padding: 0 8px; font-size: 0.8125rem; color: var(--ink-soft); }
      .link-dot { width: 8px; height: 8px; border-radius: 50%; background: var(--running); position: relative; }
      .link-state[data-state="here"] .link-dot::after {
        content: ""; position: absolute; inset: -3px; border-radius: 50%; border: 2px solid var(--running); opacity: 0;
        animation: breathe 3.2s ease-out infinite;
      }
      .link-state:not([data-state="here"]) .link-dot { background: var(--waiting); }
      @keyframes breathe { 0% { transform: scale(0.5); opacity: 0.6; } 60%, 100% { transform: scale(1.25); opacity: 0; } }

      .banner {
        display: flex; align-items: center; gap: 12px; padding: 10px 32px; border-bottom: 1px solid var(--line);
        background: var(--waiting-soft); color: var(--waiting); font-weight: 560; position: sticky; top: 0; z-index: 20;
      }
      .spinner { width: 14px; height: 14px; flex: none; border-radius: 50%; border: 2px solid currentColor; border-right-color: transparent; animation: turn 0.9s linear infinite; }
      @keyframes turn { to { transform: rotate(1turn); } }

      .bottom-nav { display: none; }

      @media (max-width: 860px) {
        .shell { display: block; }
        .sidebar { display: none; }
        .topbar {
          display: flex; align-items: center; gap: 10px; padding: 10px 16px; position: sticky; top: 0; z-index: 21;
          background: var(--surface); border-bottom: 1px solid var(--line);
        }
        .topbar .brand { padding: 0; font-size: 0; gap: 0; }
        .topbar select { flex: 1; min-width: 0; }
        .topbar .link-state span:last-child { display: none; }
        .banner { top: 57px; padding: 10px 16px; }
        .page { padding: 20px 16px 104px; gap: 20px; }
        .page-head { flex-wrap: nowrap; }
        .page-head:has(> .row.wrap) { flex-wrap: wrap; }
        .page-head > .row.wrap { width: 100%; }
        .page-head > .row.wrap .button { flex: 1; }
        .page-head > .row.wrap:empty { display: none; }
        h1 { font-size: 1.3125rem; }
        .bottom-nav {
          display: flex; position: fixed; inset: auto 0 0 0; z-index: 22; background: var(--surface); border-top: 1px solid var(--line);
          padding: 4px 4px max(4px, env(safe-area-inset-bottom));
        }
        .bottom-nav a {
          flex: 1 1 auto; display: grid; justify-items: center; gap: 2px; padding: 6px 1px; border-radius: var(--radius-small);
          font-size: 0.65rem; font-weight: 560; color: var(--ink-soft); letter-spacing: -0.01em; overflow-wrap: normal;
        }
        .bottom-nav a:hover { text-decoration: none; }
        .bottom-nav a[aria-current] { color: var(--accent-strong); }
        .bottom-nav .count { display: none; }
      }

      .gate { min-height: 100vh; display: grid; place-items: center; padding: 32px 16px; }
      .gate-inner { width: min(420px, 100%); display: grid; gap: 22px; }
      .gate .brand { justify-content: center; font-size: 1.5rem; }
      .gate .brand svg { width: 38px; height: 38px; }
      .gate .form-actions .button { flex: 1; }
      .gate-foot { display: flex; justify-content: center; }

      """##
    ),
    (
      "css/tokens.css", "c1d8a6ecd140a509",
      ##"""
      /* The design's tokens: first light, then dark. Their contrasts are computed by a test. */
      :root {
        color-scheme: light dark;

        --canvas: light-dark(#f4f6f8, #0c1216);
        --surface: light-dark(#ffffff, #131b21);
        --raised: light-dark(#ffffff, #19232a);
        --sunken: light-dark(#edf0f3, #0f161b);
        --line: light-dark(#dfe5ea, #24313a);
        --line-strong: light-dark(#768694, #647683);
        --ink: light-dark(#14202a, #e8eff4);
        --ink-soft: light-dark(#4b5c6a, #a5b6c2);

        --accent: light-dark(#0a6780, #62c9df);
        --accent-strong: light-dark(#084f63, #8bdaea);
        --on-accent: light-dark(#ffffff, #06222b);
        --accent-soft: light-dark(#e1f1f5, #12303a);

        --waiting: light-dark(#855000, #f0bd69);
        --waiting-soft: light-dark(#fcf0da, #322710);
        --starting: light-dark(#2354ad, #94bbff);
        --starting-soft: light-dark(#e7eefc, #182840);
        --running: light-dark(#116b3c, #70d29b);
        --running-soft: light-dark(#e0f3e8, #123020);
        --ended: light-dark(#4b5c6a, #a5b6c2);
        --ended-soft: light-dark(#e9edf1, #1d2931);
        --failed: light-dark(#ae241c, #ff9c92);
        --failed-soft: light-dark(#fde9e7, #3c1a18);

        --cpu: light-dark(#0a7a97, #4dbfd8);
        --memory: light-dark(#7449b0, #bda0ef);
        --gpu: light-dark(#b45a06, #eda65c);

        --shadow: light-dark(rgb(20 32 42 / 8%), rgb(0 0 0 / 40%));
        --shadow-deep: light-dark(rgb(20 32 42 / 18%), rgb(0 0 0 / 60%));
        --veil: light-dark(rgb(20 32 42 / 40%), rgb(0 0 0 / 60%));

        --radius: 12px;
        --radius-small: 8px;
        --step: 4px;
        --text: 400 0.9375rem/1.5 "Inter", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
        --mono: "JetBrains Mono", ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace;
        --quick: 140ms cubic-bezier(0.2, 0, 0, 1);
        --calm: 320ms cubic-bezier(0.2, 0, 0, 1);
      }
      :root[data-theme="light"] { color-scheme: light; }
      :root[data-theme="dark"] { color-scheme: dark; }

      """##
    ),
    (
      "favicon.svg", "ff2634dc2034048e",
      ##"""
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
        <rect width="32" height="32" rx="8" fill="#0a6a83"/>
        <path d="M9 6.5v19" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>
        <path d="M13.5 9.5h9M13.5 16h12M13.5 22.5h6" stroke="#bfe6ef" stroke-width="4" stroke-linecap="round"/>
      </svg>

      """##
    ),
    (
      "index.html", "548bda3acab3c4c6",
      ##"""
      <!doctype html>
      <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
        <meta name="color-scheme" content="light dark">
        <title>Berth</title>
        <link rel="icon" type="image/svg+xml" href="ASSETS/favicon.svg">
        <link rel="stylesheet" href="ASSETS/css/tokens.css">
        <link rel="stylesheet" href="ASSETS/css/base.css">
        <link rel="stylesheet" href="ASSETS/css/shell.css">
        <link rel="stylesheet" href="ASSETS/css/parts.css">
        <link rel="stylesheet" href="ASSETS/css/pages.css">
        <script type="module" src="ASSETS/js/main.js"></script>
      </head>
      <body>
        <a class="skip-link" href="#main">Skip to content</a>
        <div id="app"></div>
        <div id="toasts" class="toasts" role="status" aria-live="polite"></div>
        <div id="announcer" class="unseen" aria-live="polite"></div>
        <noscript><p class="noscript">Berth's console needs JavaScript. The <code>berth</code> command shows the same in a terminal.</p></noscript>
      </body>
      </html>

      """##
    ),
    (
      "js/chart.js", "3da30da519fd292f",
      ##"""
      // Lines over time, drawn from samples.
      import { h, s, show } from "./dom.js";
      import { clock } from "./format.js";

      const LEAST_WIDTH = 240;
      const HEIGHT = 190;
      const LEFT = 40;
      const BOTTOM = 24;
      const TOP = 8;

      /**
       * A chart. `series`: `{ name, color, value(sample) }`; `format(value)` for the axis and the legend;
       * `top(samples)` answers the least upper end of the axis. `update(samples)` draws.
       */
      export function chart({ title, series, format, top = () => 1 }) {
        const figure = h("figure", { class: "chart" });
        let shown = [];
        let width = 0;
        const watch = new ResizeObserver(() => {
          if (figure.clientWidth !== width) draw();
        });
        watch.observe(figure);
        function draw() {
          width = figure.clientWidth;
          if (shown.length < 2) show(figure, h("p", { class: "chart-wait" }, "The line begins with the next sample, within a few seconds."));
          else show(figure, legend(series, shown, format), drawing(title, series, shown, format, top, Math.max(LEAST_WIDTH, width)));
        }
        return {
          element: figure,
          update(samples) {
            const key = `${samples.length} ${samples.at(-1)?.at}`;
            if (figure.dataset.samples === key) return;
            figure.dataset.samples = key;
            shown = [...samples];
            draw();
          },
        };
      }

      function legend(series, samples, format) {
        const last = samples.at(-1);
        return h("ul", { class: "legend" }, series.map(({ name, color, value }) =>
          h("li", {}, h("i", { style: { background: color } }), name, h("b", { text: format(value(last)) }))));
      }

      /** In the pixels that it has: text is as large in a narrow chart as in a wide one. */
      function drawing(title, series, samples, format, top, width) {
        const times = samples.map((sample) => Date.parse(sample.at));
        const [begin, end] = [times[0], times.at(-1)];
        const most = Math.max(...series.flatMap(({ value }) => samples.map(value)), 0);
        const upper = niceTop(Math.max(most, top(samples)));
        const x = (time) => LEFT + ((time - begin) / Math.max(1, end - begin)) * (width - LEFT - 4);
        const y = (value) => TOP + (1 - value / upper) * (HEIGHT - TOP - BOTTOM);
        const words = `${title}, from ${clock(begin)} to ${clock(end)}. ` + series.map(({ name, value }) => `${name} now ${format(value(samples.at(-1)))}`).join(", ") + ".";
        const svg = s("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": words }, s("title", { text: words }));
        for (const part of [0, 0.5, 1]) {
          const at = y(upper * part);
          svg.append(
            s("line", { class: "grid-line", x1: LEFT, x2: width, y1: at, y2: at }),
            s("text", { class: "axis", x: LEFT - 8, y: at + 4, "text-anchor": "end", text: format(upper * part) }));
        }
        svg.append(
          s("text", { class: "axis", x: LEFT, y: HEIGHT - 5, text: clock(begin) }),
          s("text", { class: "axis", x: width, y: HEIGHT - 5, "text-anchor": "end", text: clock(end) }));
        for (const { value, color } of series) {
          const points = samples.map((sample, index) => `${x(times[index]).toFixed(1)} ${y(value(sample)).toFixed(1)}`);
          const line = `M${points.join("L")}`;
          svg.append(
            s("path", { class: "area", d: `${line}L${x(end).toFixed(1)} ${y(0)}L${x(begin)} ${y(0)}Z`, style: { fill: color } }),
            s("path", { class: "series", d: line, style: { stroke: color } }));
        }
        return svg;
      }

      /** The next of 1, 2, 4, 10, 20, 40…: halves of counts are counts. */
      function niceTop(value) {
        if (value <= 1) return 1;
        const power = 10 ** Math.floor(Math.log10(value));
        return [1, 2, 4, 10].map((factor) => factor * power).find((candidate) => candidate >= value);
      }

      """##
    ),
    (
      "js/dialogs.js", "41c106996388b62e",
      ##"""
      // What people do: each action in a dialog of its own.
      import { h, show } from "./dom.js";
      import { call } from "./rpc.js";
      import { live } from "./live.js";
      import { gibibytes, nameOf, sentence } from "./format.js";
      import { button, choice, command, confirmed, copyButton, field, form, openDialog, textInput, toast, valuesOf } from "./parts.js";
      import { state } from "./state.js";

      const DRY_RUN_MILLISECONDS = 500;

      // MARK: Deployments

      export async function deployDialog() {
        const clusters = [...live.clusters.values()].sort((left, right) => left.name.localeCompare(right.name));
        const models = [...new Set(clusters.map((cluster) => cluster.gpuModel).filter(Boolean))];
        const classes = (await call("PriorityClassService/ListPriorityClasses").catch(() => ({}))).priorityClasses ?? [];
        const result = h("div", { class: "dry-run", role: "status", hidden: true });
        const fields = [
          field({ name: "image", label: "Image", hint: "The model's container image.", input: textInput({ placeholder: "registry.example.com/llm-server:7", maxlength: 512 }) }),
          h("div", { class: "form-grid" },
            field({ name: "name", label: "Name (optional)", input: textInput({ placeholder: "llm-server", maxlength: 128 }) }),
            field({ name: "clusterId", label: "Cluster", input: choice([["", "Any with room"], ...clusters.map((cluster) => [cluster.id, cluster.name])], "") })),
          h("div", { class: "form-grid" },
            field({ name: "cpu", label: "CPU", suffix: "cores", input: textInput({ inputmode: "decimal", value: "1" }) }),
            field({ name: "memory", label: "Memory", suffix: "GiB", input: textInput({ inputmode: "decimal", value: "1" }) }),
            field({ name: "gpu", label: "GPU", suffix: "devices", input: textInput({ inputmode: "decimal", value: "0" }) })),
          h("div", { class: "form-grid" },
            classes.length > 0
              ? field({ name: "priorityClass", label: "Priority class", input: choice([["", "None: by number"], ...classes.map((item) => [item.name, `${item.name} (${item.priority ?? 0})`])], "") })
              : null,
            field({ name: "priority", label: "Priority", hint: "0 to 1000, higher first.", input: textInput({ inputmode: "numeric", value: "0" }) }),
            field({ name: "replicas", label: "Replicas", hint: "Placed all or none.", input: textInput({ inputmode: "numeric", value: "1" }) })),
          h("details", { class: "more" }, h("summary", { text: "Command, environment, attempts" }),
            h("div", { class: "form" },
              field({ name: "command", label: "Command", hint: "One argument a line; empty means the image's own.", input: h("textarea", { spellcheck: "false" }) }),
              field({ name: "env", label: "Environment", hint: "NAME=value, one a line.", input: h("textarea", { spellcheck: "false", placeholder: "MODEL=llama-3" }) }),
              h("div", { class: "form-grid" },
                field({ name: "gpuModels", label: "GPU models", hint: models.length > 0 ? `Of ${models.join(", ")}; empty means any.` : "By commas; empty means any.", input: textInput() }),
                field({ name: "maxAttempts", label: "Attempts", input: textInput({ inputmode: "numeric", value: "3" }) })))),
          result,
        ];
        const check = button("Check fit", { on: () => simulate(true) });
        const element = form({
          fields, action: "Deploy", foot: true, secondary: [check], fieldNames: requestFields,
          submit: async (values) => {
            const { deployment } = await call("DeploymentService/CreateDeployment", deploymentRequest(values));
            dialog.close();
            location.hash = `#/deployments/${deployment.id}`;
          },
        });
        let turn = 0;
        async function simulate(isAsked) {
          const mine = ++turn;
          const values = valuesOf(element);
          if (!values.image && !isAsked) return;
          try {
            const answer = await call("DeploymentService/SimulateDeployment", { deployment: deploymentRequest(values) });
            if (mine !== turn) return;
            result.dataset.fits = String(answer.fits === true);
            show(result, h("strong", { text: answer.fits ? "It would fit now" : "It would wait" }), h("span", { text: sentence(answer.summary) }),
              ...(answer.fit?.advice ?? []).slice(0, 2).map((advice) => h("span", { text: `→ ${advice.words}` })));
          } catch (error) {
            if (mine !== turn) return;
            result.dataset.fits = "false";
            show(result, h("strong", { text: "It would be refused" }), h("span", { text: error.fields?.map(({ field: name, description }) => `${name}: ${description}`).join("; ") || error.message }));
          }
          result.hidden = false;
        }
        let timer;
        element.addEventListener("input", () => {
          clearTimeout(timer);
          timer = setTimeout(() => simulate(false), DRY_RUN_MILLISECONDS);
        });
        const dialog = openDialog("Deploy a model", element);
        element.elements.namedItem("image").focus();
      }

      const requestFields = {
        "resources": "cpu", "resources.cpu_millis": "cpu", "resources.memory_bytes": "memory", "resources.gpu_millis": "gpu",
        "cluster_id": "clusterId", "max_attempts": "maxAttempts", "gpu_models": "gpuModels", "priority_class": "priorityClass",
      };

      /** Numbers that are none go as they are: the server names the field. */
      function deploymentRequest(values) {
        const millis = (text) => String(Math.round(Number(text) * 1000) || 0);
        const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
        const request = {
          organizationId: state.organization, clusterId: values.clusterId, name: values.name.trim(), image: values.image.trim(),
          command: lines(values.command), gpuModels: values.gpuModels.split(",").map((model) => model.trim()).filter(Boolean),
          env: Object.fromEntries(lines(values.env).map((line) => {
            const at = line.indexOf("=");
            return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
          })),
          resources: { cpuMillis: millis(values.cpu), memoryBytes: String(gibibytes(values.memory) || 0), gpuMillis: millis(values.gpu) },
          maxAttempts: Number(values.maxAttempts) || 0, replicas: Number(values.replicas) || 0,
        };
        if (values.priorityClass) request.priorityClass = values.priorityClass;
        else request.priority = Math.round(Number(values.priority)) || 0;
        return request;
      }

      export function priorityDialog(deployment) {
        const element = form({
          fields: [
            h("p", { class: "soft", text: "It keeps its age: among equals it stands where it stood." }),
            field({ name: "priority", label: "Priority", hint: "0 to 1000, higher first.", input: textInput({ inputmode: "numeric", value: String(deployment.priority ?? 0) }) }),
          ],
          action: "Change priority",
          submit: async ({ priority }) => {
            await call("DeploymentService/UpdateDeployment", { id: deployment.id, priority: Math.round(Number(priority)) || 0 });
            dialog.close();
            toast(`${nameOf(deployment)} has priority ${Math.round(Number(priority)) || 0}.`);
          },
        });
        const dialog = openDialog(`Priority of ${nameOf(deployment)}`, element);
        element.elements.namedItem("priority").select();
      }

      export function cancelDialog(deployment) {
        const gang = deployment.gangSize > 1 ? ` All ${deployment.gangSize} of its group end.` : "";
        confirmed({
          title: `Cancel ${nameOf(deployment)}?`, action: "Cancel deployment",
          words: `It ends now and frees what it holds.${gang} This cannot be undone.`,
          run: async () => {
            await call("DeploymentService/CancelDeployment", { id: deployment.id });
            toast(`${nameOf(deployment)} is cancelled.`);
          },
        });
      }

      export async function complete(deployment) {
        await call("DeploymentService/CompleteDeployment", { id: deployment.id });
        toast(`${nameOf(deployment)} is completed.`);
      }

      // MARK: Clusters

      export function clusterDialog() {
        const element = form({
          fields: [
            field({ name: "name", label: "Name", hint: "Small letters, digits, '.', '_' and '-'.", input: textInput({ placeholder: "berlin-1", maxlength: 64 }) }),
            h("div", { class: "form-grid" },
              field({ name: "cpu", label: "CPU", suffix: "cores", input: textInput({ inputmode: "decimal", value: "16" }) }),
              field({ name: "memory", label: "Memory", suffix: "GiB", input: textInput({ inputmode: "decimal", value: "64" }) }),
              field({ name: "gpu", label: "GPUs", suffix: "devices", input: textInput({ inputmode: "numeric", value: "0" }) })),
            field({ name: "gpuModel", label: "GPU model (optional)", input: textInput({ placeholder: "A100" }) }),
          ],
          action: "Register cluster",
          fieldNames: { "capacity": "cpu", "capacity.cpu_millis": "cpu", "capacity.memory_bytes": "memory", "capacity.gpu_millis": "gpu", "gpu_model": "gpuModel" },
          submit: async (values) => {
            const { cluster } = await call("ClusterService/CreateCluster", {
              organizationId: state.organization, name: values.name.trim(), gpuModel: values.gpuModel.trim(),
              capacity: {
                cpuMillis: String(Math.round(Number(values.cpu) * 1000) || 0), memoryBytes: String(gibibytes(values.memory) || 0),
                gpuMillis: String(Math.round(Number(values.gpu) * 1000) || 0),
              },
            });
            dialog.close();
            toast(`${cluster.name} is registered.`);
            await agentDialog(cluster);
          },
        });
        const dialog = openDialog("Register a cluster", element);
      }

      /** Makes a token and shows it once, with the command that uses it. */
      export async function agentDialog(cluster) {
        const dialog = openDialog(`Attach an agent to ${cluster.name}`,
          h("p", { text: "An agent runs beside the cluster's container engine and starts what is placed there. It signs in with a token of its own." }));
        const make = button("Make an agent token", { kind: "primary", icon: "key" });
        const again = h("p", { class: "soft small", text: "Earlier tokens of this cluster stay valid until they are revoked (berth cluster agent-token --help)." });
        make.addEventListener("click", async () => {
          make.setAttribute("aria-disabled", "true");
          try {
            const { token } = await call("ClusterService/CreateAgentToken", { clusterId: cluster.id });
            show(dialog.body,
              h("div", { class: "notice warn", text: "The token is shown this once. Keep it in a file that only the agent can read." }),
              h("div", { class: "row" }, h("p", { class: "secret grow", id: "agent-token", text: token }), copyButton(token, "Copy the token")),
              h("p", { class: "soft", text: "On the cluster's machine, with the token in agent.token:" }),
              command("berth-agent --address HOST:PORT --ca ca.pem \\\n  --token-file agent.token --state-folder /var/lib/berth-agent", { wrap: true }),
              h("div", { class: "form-actions" }, button("Done", { kind: "primary", on: () => dialog.close() })));
          } catch (error) {
            make.removeAttribute("aria-disabled");
            toast(error.message, "failed");
          }
        });
        dialog.body.append(again, h("div", { class: "form-actions" }, button("Later", { on: () => dialog.close() }), make));
        make.focus();
      }

      export function capacityDialog(cluster) {
        const capacity = cluster.capacity ?? {};
        const element = form({
          fields: [
            h("div", { class: "form-grid" },
              field({ name: "cpu", label: "CPU", suffix: "cores", input: textInput({ inputmode: "decimal", value: String(Number(capacity.cpuMillis ?? 0) / 1000) }) }),
              field({ name: "memory", label: "Memory", suffix: "GiB", input: textInput({ inputmode: "decimal", value: String(Number(capacity.memoryBytes ?? 0) / 2 ** 30) }) }),
              field({ name: "gpu", label: "GPUs", suffix: "devices", input: textInput({ inputmode: "numeric", value: String(Number(capacity.gpuMillis ?? 0) / 1000) }) })),
          ],
          action: "Change capacity", fieldNames: { cpu_millis: "cpu", memory_bytes: "memory", gpu_millis: "gpu" },
          submit: async (values) => {
            await call("ClusterService/UpdateCluster", {
              id: cluster.id, cpuMillis: String(Math.round(Number(values.cpu) * 1000) || 0), memoryBytes: String(gibibytes(values.memory) || 0),
              gpuMillis: String(Math.round(Number(values.gpu) * 1000) || 0),
            });
            dialog.close();
            toast(`${cluster.name} has its new capacity.`);
          },
        });
        const dialog = openDialog(`Capacity of ${cluster.name}`, element);
      }

      // MARK: Organizations

      export function organizationDialog(onDone) {
        const element = form({
          fields: [field({ name: "name", label: "Name", input: textInput({ placeholder: "Acme Research", maxlength: 128 }) })],
          action: "Create organization",
          submit: async ({ name }) => {
            const answer = await call("OrganizationService/CreateOrganization", { name: name.trim() });
            dialog.close();
            await onDone(answer.organization.id);
            showInvite(answer.organization.name, answer.inviteCode, "developer");
          },
        });
        const dialog = openDialog("Create an organization", element);
      }

      export function joinDialog(onDone) {
        const element = form({
          fields: [field({ name: "inviteCode", label: "Invite code", hint: "From an admin of the organization.", input: textInput() })],
          action: "Join", fieldNames: { invite_code: "inviteCode" },
          submit: async ({ inviteCode }) => {
            const answer = await call("OrganizationService/JoinOrganization", { inviteCode: inviteCode.trim() });
            dialog.close();
            toast(`You are a ${answer.role} of ${answer.organization.name}.`);
            await onDone(answer.organization.id);
          },
        });
        const dialog = openDialog("Join an organization", element);
      }

      export function inviteDialog(organization) {
        const element = form({
          fields: [
            field({ name: "role", label: "Role of whoever joins by it", input: choice([["developer", "Developer: deploys"], ["viewer", "Viewer: looks"], ["admin", "Admin: decides"]], "developer") }),
            h("p", { class: "notice warn", text: "The role's earlier code ends at once." }),
          ],
          action: "Make an invite code",
          submit: async ({ role }) => {
            const { inviteCode } = await call("OrganizationService/RotateInvite", { organizationId: organization.id, role });
            dialog.close();
            showInvite(organization.name, inviteCode, role);
          },
        });
        const dialog = openDialog(`Invite to ${organization.name}`, element);
      }

      function showInvite(name, code, role) {
        const dialog = openDialog(`Invite code of ${name}`,
          h("p", { text: `Whoever joins by this code is a ${role}. It is shown this once; a new one can be made at any time.` }),
          h("div", { class: "row" }, h("p", { class: "secret grow", id: "invite-code", text: code }), copyButton(code, "Copy the code")));
        dialog.body.append(h("div", { class: "form-actions" }, button("Done", { kind: "primary", on: () => dialog.close() })));
      }

      export function shortcutsDialog() {
        const rows = [["/", "Search"], ["n", "Deploy a model"], ["g o", "Overview"], ["g q", "Queue"], ["g d", "Deployments"], ["g c", "Clusters"], ["g s", "Scheduler"], ["g p", "People"], ["t", "Light or dark"], ["↑ ↓", "Move in a list"], ["← →", "Move between tabs"], ["Esc", "Close a dialog"], ["?", "This list"]];
        openDialog("Keyboard shortcuts", h("div", { class: "shortcuts" },
          rows.flatMap(([keys, words]) => [h("div", { class: "row tight" }, keys.split(" ").map((key) => h("kbd", { text: key }))), h("span", { text: words })])));
      }

      """##
    ),
    (
      "js/dom.js", "d8edb7704d449b34",
      ##"""
      // Elements without markup in strings: what comes from a server is only ever text.

      const SVG = "http://www.w3.org/2000/svg";

      /**
       * Makes an element. `properties` may have: `class`, `text`, `on` (handlers by event), `data`
       * (data attributes), `style` (by property name); all others are attributes, left out if false or null.
       */
      export function h(tag, properties = {}, ...children) {
        return fill(document.createElement(tag), properties, children);
      }

      /** The same for SVG. */
      export function s(tag, properties = {}, ...children) {
        return fill(document.createElementNS(SVG, tag), properties, children);
      }

      function fill(element, properties, children) {
        for (const [name, value] of Object.entries(properties)) {
          if (value === null || value === undefined || value === false) continue;
          if (name === "class") element.setAttribute("class", value);
          else if (name === "text") element.textContent = value;
          else if (name === "on") {
            for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
          } else if (name === "data") {
            for (const [key, datum] of Object.entries(value)) element.dataset[key] = datum;
          } else if (name === "style") {
            for (const [key, rule] of Object.entries(value)) element.style.setProperty(key, rule);
          } else if (name === "value") element.value = value;
          else element.setAttribute(name, value === true ? "" : value);
        }
        element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
        return element;
      }

      /** Replaces what is in `element`. */
      export function show(element, ...children) {
        element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
        return element;
      }

      /** Sets text only where it differs: nothing is selected anew or announced twice. */
      export function setText(element, text) {
        if (element.textContent !== text) element.textContent = text;
      }

      /**
       * Keeps the children of `container` in step with `items`, reusing those that stay. `make(item)`
       * answers `{ element, update(item) }`.
       */
      export function keyed(container, make, keyOf) {
        const known = new Map();
        return (items) => {
          const keys = new Set(items.map(keyOf));
          for (const [key, part] of known) {
            if (!keys.has(key)) {
              part.element.remove();
              known.delete(key);
            }
          }
          let next = container.firstElementChild;
          for (const item of items) {
            const key = keyOf(item);
            let part = known.get(key);
            if (!part) {
              part = make(item);
              known.set(key, part);
            }
            part.update(item);
            if (part.element === next) next = next.nextElementSibling;
            else container.insertBefore(part.element, next);
          }
        };
      }

      /** Arrow keys, Home and End move the focus among the elements that match. */
      export function arrowKeys(container, selector, keys = { next: "ArrowDown", previous: "ArrowUp" }) {
        container.addEventListener("keydown", (event) => {
          const targets = [...container.querySelectorAll(selector)].filter((item) => item.offsetParent !== null);
          const at = targets.indexOf(event.target.closest(selector));
          if (at < 0 || event.target.matches("input, textarea, select")) return;
          const to = { [keys.next]: at + 1, [keys.previous]: at - 1, Home: 0, End: targets.length - 1 }[event.key];
          if (to === undefined || !targets[to]) return;
          event.preventDefault();
          targets[to].focus();
          if (keys.activates) targets[to].click();
        });
      }

      /** Tells people who listen to the page. */
      export function announce(words) {
        document.getElementById("announcer").textContent = words;
      }

      """##
    ),
    (
      "js/format.js", "c07e69884e11730e",
      ##"""
      // Amounts, times and states in words.

      const GIB = 2 ** 30;

      /** At most `digits` behind the point, none that says nothing. */
      export function number(value, digits = 1) {
        return Number(value).toLocaleString("en", { maximumFractionDigits: digits });
      }

      export const cores = (millis) => number(Number(millis ?? 0) / 1000, 2);
      export const devices = (millis) => number(Number(millis ?? 0) / 1000, 2);

      export function bytes(value) {
        const amount = Number(value ?? 0);
        const units = [[2 ** 50, "PiB"], [2 ** 40, "TiB"], [GIB, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]];
        const [factor, unit] = units.find(([factor]) => amount >= factor) ?? [1, "B"];
        return `${number(amount / factor)} ${unit}`;
      }

      export function amounts(resources = {}) {
        const parts = [`${cores(resources.cpuMillis)} CPU`, bytes(resources.memoryBytes)];
        if (Number(resources.gpuMillis ?? 0) > 0) parts.push(`${devices(resources.gpuMillis)} GPU`);
        return parts.join(" · ");
      }

      export const gibibytes = (text) => Math.round(Number(text) * GIB);

      export const share = (part, whole) => (Number(whole) > 0 ? Math.min(1, Number(part) / Number(whole)) : 0);

      /** Seconds in the two units that matter. */
      export function duration(seconds) {
        const all = Math.max(0, Math.round(seconds));
        const units = [["d", Math.floor(all / 86400)], ["h", Math.floor(all / 3600) % 24], ["m", Math.floor(all / 60) % 60], ["s", all % 60]];
        const first = units.findIndex(([, count]) => count > 0);
        if (first < 0) return "0 s";
        return units.slice(first, first + 2).filter(([, count]) => count > 0).map(([unit, count]) => `${count} ${unit}`).join(" ");
      }

      export const secondsSince = (time) => (Date.now() - Date.parse(time)) / 1000;

      export function ago(time) {
        if (!time) return "never";
        const seconds = secondsSince(time);
        if (seconds < 5) return "just now";
        if (seconds < 90) return `${Math.round(seconds)} s ago`;
        if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
        if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
        return `${Math.round(seconds / 86400)} d ago`;
      }

      export function absolute(time) {
        return time ? new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" }) : "";
      }

      export function clock(time) {
        return new Date(time).toLocaleTimeString("en-GB");
      }

      const states = {
        QUEUED: ["Waiting", "waiting", "clock"],
        SCHEDULED: ["Placed", "starting", "turning"],
        STARTING: ["Starting", "starting", "turning"],
        RUNNING: ["Running", "running", "play"],
        COMPLETED: ["Completed", "ended", "check"],
        FAILED: ["Failed", "failed", "cross"],
        CANCELLED: ["Cancelled", "ended", "stop"],
      };

      /** A deployment's state without its prefix. */
      export const stateOf = (deployment) => (deployment.state ?? "").replace("DEPLOYMENT_STATE_", "");

      export function stateWords(state) {
        const [label, tone, icon] = states[state] ?? ["Unknown", "ended", "help"];
        return { label, tone, icon };
      }

      export const isEnded = (state) => ["COMPLETED", "FAILED", "CANCELLED"].includes(state);
      export const isQueued = (state) => state === "QUEUED";

      /** What people call a deployment. */
      export function nameOf(deployment) {
        return deployment.name || (deployment.image ?? "").split("/").pop() || deployment.id;
      }

      export const sentence = (words = "") => words.charAt(0).toUpperCase() + words.slice(1);

      /** A reason is words, or a code, or a code, a colon and words. */
      export function reasonWords(reason) {
        if (!reason) return "";
        const [code, ...words] = reason.split(": ");
        const isCode = /^[a-z_-]+$/.test(code);
        return sentence(words.length > 0 && isCode ? words.join(": ") : isCode ? code.replaceAll(/[-_]/g, " ") : reason);
      }

      export const plural = (count, word) => `${number(count, 0)} ${word}${Number(count) === 1 ? "" : "s"}`;

      """##
    ),
    (
      "js/icons.js", "4971071f352f6a48",
      ##"""
      // The icons, drawn on a grid of 20 by 20.
      import { s } from "./dom.js";

      const paths = {
        overview: "M3 10.5 10 4l7 6.5M5 9v7h10V9",
        queue: "M4 5h12M4 10h9M4 15h6",
        deployments: "M10 3 3.5 6.5v7L10 17l6.5-3.5v-7L10 3ZM3.8 6.7 10 10l6.2-3.3M10 10v7",
        clusters: "M4 4h12v4.5H4zM4 11.5h12V16H4zM7 6.25h.01M7 13.75h.01",
        scheduler: "M10 5.5V10l3 2M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
        people: "M7.5 9a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM2.5 16.5c0-2.8 2.2-4.5 5-4.5s5 1.7 5 4.5M13 4a2.6 2.6 0 0 1 0 5M14.5 12.2c1.8.5 3 2 3 4.3",
        plus: "M10 4v12M4 10h12",
        search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
        close: "M5 5l10 10M15 5 5 15",
        copy: "M7 7V4h9v9h-3M4 7h9v9H4z",
        check: "M4.5 10.5 8.5 14.5 15.5 6.5",
        sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
        moon: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3Z",
        leave: "M8 4H4v12h4M9 10h8M14 7l3 3-3 3",
        arrow: "M4 10h12M11 5l5 5-5 5",
        bulb: "M7.5 14.5h5M8.5 17h3M6.5 11.5a4.7 4.7 0 1 1 7 0c-.7.7-1 1.6-1 3h-5c0-1.4-.3-2.3-1-3Z",
        clock: "M10 6v4l2.5 1.5M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
        turning: "M16 10a6 6 0 1 1-2-4.5M14 2.5v3h-3",
        play: "M7 5v10l8-5-8-5Z",
        cross: "M6 6l8 8M14 6l-8 8",
        stop: "M6 6h8v8H6z",
        key: "M12.5 9.5a3 3 0 1 0-2.6-1.5L4 14v2h3v-2h2v-2l1.5-1.6c.6.1 1.3.1 2-.4Z",
        help: "M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.8M10 14.5h.01",
        boat: "M3 11.5h14l-2 4.5H5l-2-4.5ZM6 11V7h8v4M10 7V3.5",
      };

      /** An icon; decorative unless it has a title. */
      export function icon(name, size = 18, title = null) {
        return s("svg", {
          viewBox: "0 0 20 20", width: size, height: size, fill: "none", stroke: "currentColor", "stroke-width": 1.7,
          "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": title ? null : "true", role: title ? "img" : null,
        }, title ? s("title", { text: title }) : null, s("path", { d: paths[name] ?? "" }));
      }

      /** The mark of the brand. */
      export function mark() {
        return s("svg", { viewBox: "0 0 32 32", "aria-hidden": "true" },
          s("rect", { width: 32, height: 32, rx: 8, fill: "var(--accent)" }),
          s("path", { d: "M9 6.5v19", stroke: "var(--on-accent)", "stroke-width": 2.6, "stroke-linecap": "round" }),
          s("path", { d: "M13.5 9.5h9M13.5 16h12M13.5 22.5h6", stroke: "var(--on-accent)", "stroke-opacity": 0.72, "stroke-width": 4, "stroke-linecap": "round" }));
      }

      """##
    ),
    (
      "js/live.js", "2b505e6e27ca642c",
      ##"""
      // What the console tells of an organization as it happens: one EventSource for the page.

      /** Hidden for so long, the page lets go of its stream; it takes it up when it is looked at again. */
      const HIDDEN_MILLISECONDS = 120_000;
      const RETRY_MILLISECONDS = 2_000;

      class Live extends EventTarget {
        constructor() {
          super();
          this.clear();
          document.addEventListener("visibilitychange", () => this.#visibilityChanged());
          addEventListener("pagehide", () => this.#close());
        }

        clear() {
          this.deployments = new Map();
          this.clusters = new Map();
          this.quota = null;
          this.scheduler = null;
          this.placements = null;
          this.samples = [];
          this.schedulerSamples = [];
          this.berthd = "here";
          this.isLoaded = false;
        }

        /** "here", "berthd-away", "console-away" or "connecting". */
        get state() {
          if (this.connection === "lost") return "console-away";
          if (!this.isLoaded) return this.berthd === "away" ? "berthd-away" : "connecting";
          return this.berthd === "away" ? "berthd-away" : "here";
        }

        follow(organization, onEnd) {
          if (organization === this.organization && this.source) return;
          this.#close();
          this.clear();
          this.organization = organization;
          this.onEnd = onEnd;
          this.connection = "connecting";
          if (organization) this.#open();
          this.#tell(new Set(["all"]));
        }

        leave() {
          this.organization = null;
          this.#close();
          this.clear();
        }

        #open() {
          const source = new EventSource(`/console/events?organization=${encodeURIComponent(this.organization)}`);
          this.source = source;
          source.addEventListener("open", () => this.#setConnection("open"));
          source.addEventListener("all", (event) => this.#take(JSON.parse(event.data), true));
          source.addEventListener("changes", (event) => this.#take(JSON.parse(event.data), false));
          source.addEventListener("end", (event) => this.#ended(JSON.parse(event.data).reason));
          source.addEventListener("error", () => {
            this.#setConnection("lost");
            // The browser tries again by itself unless the console refused.
            if (source.readyState === EventSource.CLOSED) this.#reopenLater();
          });
        }

        #close() {
          clearTimeout(this.retry);
          this.source?.close();
          this.source = null;
        }

        #reopenLater() {
          this.#close();
          this.retry = setTimeout(() => {
            if (!this.organization) return;
            this.onEnd("lost").then((goesOn) => {
              if (goesOn && this.organization && !this.source) this.#open();
            });
          }, RETRY_MILLISECONDS);
        }

        #ended(reason) {
          if (reason === "closing" || reason === "unused") return; // The browser connects again.
          this.#close();
          this.onEnd(reason);
        }

        #visibilityChanged() {
          clearTimeout(this.hidden);
          if (document.hidden) {
            this.hidden = setTimeout(() => this.#close(), HIDDEN_MILLISECONDS);
          } else if (this.organization && !this.source) {
            this.#open();
          }
        }

        #setConnection(connection) {
          if (this.connection === connection) return;
          this.connection = connection;
          this.#tell(new Set(["link"]));
        }

        #take(event, isWhole) {
          const changed = new Set(Object.keys(event).map((key) => key.replace("Removed", "")));
          const before = this.deployments;
          if (isWhole) {
            this.deployments = new Map();
            this.clusters = new Map();
            this.samples = [];
            this.schedulerSamples = [];
            changed.add("all");
          }
          const moved = [];
          for (const deployment of event.deployment ?? []) {
            const known = before.get(deployment.id);
            if (known && known.state !== deployment.state) moved.push(deployment);
            else if (!known && !isWhole) moved.push(deployment);
            this.deployments.set(deployment.id, deployment);
          }
          for (const id of event.deploymentRemoved ?? []) this.deployments.delete(id);
          for (const cluster of event.cluster ?? []) this.clusters.set(cluster.id, cluster);
          for (const id of event.clusterRemoved ?? []) this.clusters.delete(id);
          if (event.quota) this.quota = event.quota[0];
          if (event.scheduler) this.scheduler = event.scheduler[0];
          if (event.placements) this.placements = event.placements[0];
          if (event.link) this.berthd = event.link[0].berthd;
          if (event.link?.[0].berthd === "here") this.isLoaded = true;
          this.samples.push(...(event.sample ?? []));
          this.schedulerSamples.push(...(event.schedulerSample ?? []));
          this.samples.splice(0, this.samples.length - 180);
          this.schedulerSamples.splice(0, this.schedulerSamples.length - 180);
          this.#tell(changed, moved);
        }

        #tell(changed, moved = []) {
          this.dispatchEvent(new CustomEvent("change", { detail: { changed, moved } }));
        }

        /** The queue as the scheduler takes it: by priority, then age. */
        get queue() {
          return [...this.deployments.values()]
            .filter((deployment) => deployment.state === "DEPLOYMENT_STATE_QUEUED")
            .sort((left, right) => (right.priority ?? 0) - (left.priority ?? 0) || compare(left.createdAt, right.createdAt));
        }

        count(...states) {
          let count = 0;
          for (const deployment of this.deployments.values()) {
            if (states.includes(deployment.state.slice("DEPLOYMENT_STATE_".length))) count += 1;
          }
          return count;
        }
      }

      function compare(left, right) {
        return left < right ? -1 : left > right ? 1 : 0;
      }

      export const live = new Live();

      """##
    ),
    (
      "js/main.js", "74a4a59df1797d51",
      ##"""
      // The page: who is signed in, which view the address names, and what is live.
      import { announce, show } from "./dom.js";
      import { CallError, call, send, useSession } from "./rpc.js";
      import { live } from "./live.js";
      import { state } from "./state.js";
      import { applyTheme, switchTheme } from "./theme.js";
      import { nameOf, stateOf, stateWords } from "./format.js";
      import { deployDialog, shortcutsDialog } from "./dialogs.js";
      import { toast } from "./parts.js";
      import { shell } from "./shell.js";
      import { away, gate } from "./views/gate.js";
      import { welcome } from "./views/welcome.js";
      import { overview } from "./views/overview.js";
      import { queue } from "./views/queue.js";
      import { deployments } from "./views/deployments.js";
      import { deployment } from "./views/deployment.js";
      import { clusters } from "./views/clusters.js";
      import { scheduler } from "./views/scheduler.js";
      import { people } from "./views/people.js";

      const views = { overview, queue, deployments, clusters, scheduler, people };
      const letters = { o: "overview", q: "queue", d: "deployments", c: "clusters", s: "scheduler", p: "people" };
      const AGAIN_MILLISECONDS = 1_500;
      const app = document.getElementById("app");

      let frame = null; // The shell, while somebody is signed in.
      let view = null;
      let isDrawing = false;

      // MARK: Sessions

      async function start(notice = "") {
        try {
          enter(await (await send("/console/session", "GET")).json());
        } catch (error) {
          if (error instanceof CallError && error.isSignedOut) showGate(notice);
          else showAway(error, notice);
        }
      }

      function enter({ requestToken, caller }) {
        useSession(requestToken, () => signedOut("Your session has ended. Sign in to go on where you were."));
        state.caller = caller;
        loadOrganizations().catch((error) => {
          if (!error.isSignedOut) showAway(error);
        });
      }

      async function loadOrganizations(selected = null) {
        const caller = await call("UserService/WhoAmI");
        state.caller = caller;
        const own = (caller.memberships ?? []).map(({ organizationId, organizationName, role }) => ({ id: organizationId, name: organizationName, role }));
        const all = state.isSuperAdmin ? await allOrganizations() : [];
        state.takeOrganizations([...own, ...all.filter(({ id }) => !own.some((organization) => organization.id === id))]);
        if (selected) state.select(selected);
        showShell();
      }

      async function allOrganizations() {
        const { organizations = [] } = await call("OrganizationService/ListOrganizations", { page: { size: 500 } });
        return organizations.map(({ id, name }) => ({ id, name, role: "administrator" }));
      }

      async function signOut() {
        try {
          await send("/console/session", "DELETE");
        } catch { /* The page forgets it all the same. */ }
        signedOut("You are signed out.");
      }

      function signedOut(notice) {
        useSession(null, () => {});
        live.leave();
        state.clear();
        for (const dialog of document.querySelectorAll("dialog")) dialog.remove();
        showGate(notice);
      }

      /** Nothing can be shown yet: it is tried again until it can. */
      function showAway(error, notice = "") {
        show(app, away(error.message));
        setTimeout(() => start(notice), AGAIN_MILLISECONDS);
      }

      function showGate(notice = "") {
        view?.close?.();
        view = null;
        frame = null;
        document.title = "Sign in · Berth";
        show(app, gate({ notice, onSignedIn: enter }));
        app.querySelector("input")?.focus();
      }

      // MARK: Views

      function showShell() {
        frame = shell({ onOrganization: chooseOrganization, onSignOut: signOut, onOrganizationsChanged: loadOrganizations });
        show(app, frame.element);
        live.follow(state.organization, streamEnded);
        route();
      }

      function chooseOrganization(id) {
        state.select(id);
        live.follow(id, streamEnded);
        if (location.hash.split("/").length > 2) location.hash = `#/${location.hash.split("/")[1]}`;
        else route();
      }

      /** Whether the stream of events is to be opened again. */
      async function streamEnded(reason) {
        if (reason === "noAccess") {
          toast("You have no access to this organization any more.", "failed");
          await loadOrganizations();
          return false;
        }
        try {
          await send("/console/session", "GET");
          return true;
        } catch (error) {
          if (!error.isSignedOut) return true;
          if (state.caller) signedOut("Your session has ended, or the console was restarted. Sign in to go on where you were.");
          return false;
        }
      }

      function route() {
        if (!frame) return;
        const [, name = "overview", id] = location.hash.split("/");
        view?.close?.();
        const make = state.organization === null ? welcome : name === "deployments" && id ? deployment : views[name] ?? overview;
        view = make({ id: id && decodeURIComponent(id.split("?")[0]), onOrganizationsChanged: loadOrganizations });
        frame.show(view, views[name] ? name : "overview");
        document.title = `${view.title} · Berth`;
        draw();
      }

      /** At most once a frame, however much changes. */
      function draw(changed = new Set(["all"])) {
        pending = new Set([...pending, ...changed]);
        if (isDrawing) return;
        isDrawing = true;
        requestAnimationFrame(() => {
          isDrawing = false;
          const all = pending;
          pending = new Set();
          frame?.update();
          view?.update?.(all);
        });
      }
      let pending = new Set();

      live.addEventListener("change", ({ detail }) => {
        draw(detail.changed);
        const words = detail.moved.slice(0, 3).map((item) => `${nameOf(item)}: ${stateWords(stateOf(item)).label}`);
        if (words.length > 0) announce(words.join(". "));
      });

      // MARK: Keyboard

      let isGoing = false;

      addEventListener("keydown", (event) => {
        if (!frame || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.target.closest?.("input, textarea, select, dialog")) return;
        if (isGoing && letters[event.key]) {
          isGoing = false;
          location.hash = `#/${letters[event.key]}`;
          return;
        }
        isGoing = false;
        const actions = {
          "/": () => document.querySelector("[type=search]")?.focus(),
          "?": shortcutsDialog,
          "n": () => { if (state.mayDeploy && state.organization) deployDialog(); },
          "t": switchTheme,
          "g": () => {
            isGoing = true;
            setTimeout(() => { isGoing = false; }, 1500);
          },
        };
        if (!actions[event.key]) return;
        event.preventDefault();
        actions[event.key]();
      });

      addEventListener("hashchange", route);
      document.querySelector(".skip-link").addEventListener("click", (event) => {
        event.preventDefault();
        document.getElementById("main")?.focus();
      });

      applyTheme();
      start();

      """##
    ),
    (
      "js/parts.js", "3356be65604a1fac",
      ##"""
      // The parts that pages are put together from.
      import { h, setText, show } from "./dom.js";
      import { icon } from "./icons.js";
      import { absolute, ago, stateWords } from "./format.js";

      let lastID = 0;
      const nextID = () => `part-${++lastID}`;

      /** A state as shape, words and color: never by color alone. */
      export function badge(state) {
        const element = h("span", { class: "badge" });
        let shown;
        const update = (next) => {
          if (next === shown) return;
          shown = next;
          const { label, tone, icon: name } = stateWords(next);
          element.dataset.tone = tone;
          element.dataset.state = next;
          show(element, icon(name, 12), label);
        };
        update(state);
        return { element, update };
      }

      /** A time relative to now, absolute in its title. Goes on by itself. */
      export function time(value) {
        const element = h("time", { class: "time" });
        const update = (next) => {
          element.dataset.time = next ?? "";
          if (next) element.dateTime = next;
          element.title = absolute(next);
          setText(element, ago(next));
        };
        update(value);
        return { element, update };
      }

      setInterval(() => {
        for (const element of document.querySelectorAll("time[data-time]")) setText(element, ago(element.dataset.time));
      }, 5000);

      /** A bar of what is used of a whole. */
      export function meter(dimension, label, { used, whole, words }) {
        const figure = h("span", { class: "soft" });
        const fill = h("div", { class: "meter-fill" });
        const track = h("div", { class: "meter-track", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
        const element = h("div", { class: "meter", data: { dimension } }, h("div", { class: "meter-head" }, h("span", { text: label }), figure), track);
        const update = ({ used, whole, words }) => {
          const part = whole > 0 ? Math.min(1, used / whole) : 0;
          fill.style.transform = `scaleX(${part.toFixed(4)})`;
          track.setAttribute("aria-valuenow", Math.round(part * 100));
          track.setAttribute("aria-valuetext", words);
          setText(figure, words);
        };
        update({ used, whole, words });
        return { element, update };
      }

      export function button(label, { kind = "", icon: name, on, ...rest } = {}) {
        return h("button", { type: "button", class: `button ${kind}`, on: on ? { click: on } : {}, ...rest }, name ? icon(name) : null, label);
      }

      /** Runs an action with its button shown as busy; what fails is told in a toast. */
      export async function busily(element, action) {
        if (element.getAttribute("aria-disabled") === "true") return;
        element.setAttribute("aria-disabled", "true");
        const turning = h("span", { class: "spinner" });
        element.prepend(turning);
        try {
          return await action();
        } catch (error) {
          toast(error.message, "failed");
        } finally {
          turning.remove();
          element.removeAttribute("aria-disabled");
        }
      }

      export function toast(words, tone = "good") {
        const element = h("div", { class: "toast", data: { tone }, role: tone === "failed" ? "alert" : null },
          h("p", { class: "grow", text: words }),
          h("button", { class: "button quiet icon small", type: "button", "aria-label": "Dismiss", on: { click: () => element.remove() } }, icon("close", 14)));
        const toasts = document.getElementById("toasts");
        toasts.append(element);
        while (toasts.children.length > 3) toasts.firstElementChild.remove();
        setTimeout(() => element.remove(), tone === "failed" ? 12_000 : 5_000);
      }

      /** A command to copy. */
      export function command(text, { wrap = false } = {}) {
        return h("div", { class: `command ${wrap ? "wrap" : ""}` }, h("code", { text, tabindex: 0 }), copyButton(text));
      }

      export function copyButton(text, label = "Copy") {
        const element = h("button", { class: "button quiet icon small", type: "button", "aria-label": label, title: label }, icon("copy", 15));
        element.addEventListener("click", async () => {
          try {
            await navigator.clipboard.writeText(text);
            show(element, icon("check", 15));
            setTimeout(() => show(element, icon("copy", 15)), 1500);
          } catch {
            toast("The browser does not let this page copy. Select the text instead.", "failed");
          }
        });
        return element;
      }

      export function empty({ icon: name = "boat", title, words, actions = [] }) {
        return h("div", { class: "empty" }, icon(name, 56), h("h3", { text: title }), h("p", { text: words }), ...actions);
      }

      /** A field of a form, under the name that the server's errors have for it. */
      export function field({ name, label, hint, input, suffix }) {
        const id = nextID();
        input.id = id;
        input.name = name;
        const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
        const describedBy = [hint ? `${id}-hint` : null, `${id}-error`].filter(Boolean).join(" ");
        input.setAttribute("aria-describedby", describedBy);
        return h("div", { class: "field", data: { field: name } },
          h("label", { for: id, text: label }),
          suffix ? h("div", { class: "suffixed" }, input, h("span", { text: suffix, "aria-hidden": "true" })) : input,
          hint ? h("p", { class: "hint", id: `${id}-hint`, text: hint }) : null, error);
      }

      export const textInput = (properties = {}) => h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...properties });

      export function choice(options, value, properties = {}) {
        const element = h("select", properties, options.map(([key, label]) => h("option", { value: key }, label)));
        element.value = value;
        return element;
      }

      /**
       * A form that keeps what was typed when it fails and says which field is wrong. `submit(values)`
       * may throw a CallError; `fieldNames` says which input an error's field belongs to.
       */
      export function form({ fields, action, submit, secondary = [], foot = false, fieldNames = {} }) {
        const failure = h("div", { class: "form-error", role: "alert", hidden: true });
        const send = h("button", { type: "submit", class: "button primary" }, action);
        const element = h("form", { class: "form", novalidate: true }, ...fields, failure,
          h("div", { class: `form-actions ${foot ? "dialog-foot" : ""}` }, ...secondary, send));
        element.addEventListener("submit", async (event) => {
          event.preventDefault();
          if (send.getAttribute("aria-disabled") === "true") return;
          clearErrors(element, failure);
          await busy(send, async () => {
            try {
              await submit(valuesOf(element));
            } catch (error) {
              showErrors(element, failure, error, fieldNames);
            }
          });
        });
        element.addEventListener("input", (event) => clearError(event.target));
        return element;
      }

      async function busy(send, body) {
        send.setAttribute("aria-disabled", "true");
        const turning = h("span", { class: "spinner" });
        send.prepend(turning);
        await body();
        turning.remove();
        send.removeAttribute("aria-disabled");
      }

      export function valuesOf(element) {
        return Object.fromEntries([...element.elements].filter((input) => input.name).map((input) =>
          [input.name, input.type === "checkbox" ? input.checked : input.value]));
      }

      function clearErrors(element, failure) {
        failure.hidden = true;
        for (const input of element.elements) clearError(input);
      }

      function clearError(input) {
        if (!input.hasAttribute?.("aria-invalid")) return;
        input.removeAttribute("aria-invalid");
        const error = document.getElementById(`${input.id}-error`);
        if (error) error.hidden = true;
      }

      function showErrors(element, failure, error, fieldNames) {
        const rest = [];
        let first = null;
        for (const { field: name, description } of error.fields ?? []) {
          const names = [fieldNames[name], name, name.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase()), name.split(".").pop()];
          const input = names.map((candidate) => candidate && element.elements.namedItem(candidate)).find((found) => found?.id);
          if (!input) {
            rest.push(`${name}: ${description}`);
            continue;
          }
          input.setAttribute("aria-invalid", "true");
          input.closest("details")?.setAttribute("open", "");
          const words = document.getElementById(`${input.id}-error`);
          words.textContent = description.charAt(0).toUpperCase() + description.slice(1);
          words.hidden = false;
          first ??= input;
        }
        if (!first || rest.length > 0) {
          failure.textContent = rest.length > 0 ? rest.join("; ") : error.message;
          failure.hidden = false;
        }
        first?.focus();
      }

      /** A dialog: Esc closes it, the focus goes back to where it was. */
      export function openDialog(title, ...content) {
        const before = document.activeElement;
        const headID = nextID();
        const close = h("button", { class: "button quiet icon small", type: "button", "aria-label": "Close" }, icon("close", 16));
        const body = h("div", { class: "dialog-body" }, ...content);
        const element = h("dialog", { "aria-labelledby": headID },
          h("div", { class: "dialog-head" }, h("h2", { id: headID, text: title }), close), body);
        close.addEventListener("click", () => element.close());
        element.addEventListener("close", () => {
          element.remove();
          before?.focus?.();
        });
        // A press that begins and ends beside it.
        element.addEventListener("pointerdown", (event) => {
          if (event.target === element) element.close();
        });
        document.body.append(element);
        element.showModal();
        body.querySelector("input:not([type=hidden]), select, textarea, .button.primary")?.focus();
        return { element, body, close: () => element.close() };
      }

      /** Asks before something that cannot be undone. */
      export function confirmed({ title, words, action, run }) {
        const dialog = openDialog(title, h("p", { text: words }));
        const go = button(action, { kind: "danger", on: () => busily(go, async () => {
          await run();
          dialog.close();
        }) });
        const back = button("Keep it", { on: () => dialog.close() });
        dialog.body.append(h("div", { class: "form-actions" }, back, go));
        back.focus();
      }

      /** Tabs with arrow keys. `tabs`: `[key, label, make]`; the made panel may have `close()`. */
      export function tabbed(tabs, { selected, onSelect = () => {}, even = false, label }) {
        const panelID = nextID();
        const panel = h("div", { role: "tabpanel", id: panelID, tabindex: -1 });
        let current = null;
        const buttons = tabs.map(([key, words]) => h("button", {
          type: "button", role: "tab", "aria-controls": panelID, data: { key }, on: { click: () => select(key) },
        }, words));
        const list = h("div", { class: `tabs ${even ? "even" : ""}`, role: "tablist", "aria-label": label }, buttons);
        list.addEventListener("keydown", (event) => {
          const at = buttons.indexOf(event.target);
          const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
          if (to === undefined || !buttons[to]) return;
          event.preventDefault();
          buttons[to].focus();
          buttons[to].click();
        });
        function select(key, isFirst = false) {
          const tab = tabs.find((candidate) => candidate[0] === key) ?? tabs[0];
          for (const [index, element] of buttons.entries()) {
            const isSelected = tabs[index] === tab;
            element.setAttribute("aria-selected", isSelected);
            element.tabIndex = isSelected ? 0 : -1;
            if (isSelected) panel.setAttribute("aria-label", element.textContent);
          }
          current?.close?.();
          current = tab[2]();
          show(panel, current.element);
          if (!isFirst) onSelect(tab[0]);
        }
        select(selected, true);
        return { list, panel, select, close: () => current?.close?.(), get current() { return current; } };
      }

      """##
    ),
    (
      "js/rpc.js", "44b1baed87630dab",
      ##"""
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

      """##
    ),
    (
      "js/shell.js", "ff327336287c20b6",
      ##"""
      // What stands around every view: navigation, organization, account and whether the page is live.
      import { h, setText, show } from "./dom.js";
      import { icon, mark } from "./icons.js";
      import { live } from "./live.js";
      import { state } from "./state.js";
      import { isDark, switchTheme } from "./theme.js";
      import { joinDialog, organizationDialog, shortcutsDialog } from "./dialogs.js";
      import { button, openDialog } from "./parts.js";

      const places = [
        ["overview", "Overview", "overview"], ["queue", "Queue", "queue"], ["deployments", "Deployments", "deployments"],
        ["clusters", "Clusters", "clusters"], ["scheduler", "Scheduler", "scheduler"], ["people", "People", "people"],
      ];
      const linkWords = { here: "Live", connecting: "Connecting", "berthd-away": "Reconnecting", "console-away": "Reconnecting" };
      const awayWords = { "berthd-away": "Reconnecting to berthd", "console-away": "Reconnecting to the console" };

      export function shell({ onOrganization, onSignOut, onOrganizationsChanged }) {
        const links = [];
        const link = ([name, label, drawing], isSmall) => {
          const count = h("span", { class: "count", hidden: true });
          const element = h("a", { href: `#/${name}`, data: { place: name } }, icon(drawing, isSmall ? 21 : 18), h("span", { text: label }), count);
          links.push({ name, element, count });
          return element;
        };
        const switches = [];
        const organizationSwitch = () => {
          const select = h("select", { "aria-label": "Organization", on: { change: (event) => {
            const { value } = event.target;
            event.target.value = state.organization ?? "";
            if (value === "+create") organizationDialog(onOrganizationsChanged);
            else if (value === "+join") joinDialog(onOrganizationsChanged);
            else onOrganization(value);
          } } });
          switches.push(select);
          return select;
        };
        const states = [];
        const linkState = () => {
          const words = h("span");
          const element = h("div", { class: "link-state", role: "status" }, h("span", { class: "link-dot" }), words);
          states.push({ element, words });
          return element;
        };
        const themes = [];
        const themeButton = () => {
          const element = h("button", { type: "button", class: "button quiet icon small", "aria-label": "Switch between light and dark", title: "Light or dark (t)", on: { click: switchTheme } });
          themes.push(element);
          return element;
        };
        const name = state.caller?.user?.displayName || state.caller?.name || "";
        const avatar = () => h("span", { class: "avatar", "aria-hidden": "true", text: name.slice(0, 2) });
        const accountDialog = () => {
          const dialog = openDialog("Account",
            h("div", { class: "row" }, avatar(), h("div", { class: "grow" }, h("p", { class: "strong", text: name }), h("p", { class: "soft small", text: accountKind() }))),
            h("div", { class: "form-actions" }, button("Light or dark", { icon: isDark() ? "sun" : "moon", on: switchTheme }), button("Shortcuts", { icon: "help", on: shortcutsDialog }),
              button("Sign out", { icon: "leave", kind: "danger", on: () => { dialog.close(); onSignOut(); } })));
        };

        const sidebar = h("aside", { class: "sidebar" },
          h("a", { class: "brand", href: "#/overview" }, mark(), "Berth"),
          h("div", { class: "organization-switch" }, organizationSwitch()),
          h("nav", { class: "nav", "aria-label": "Main" }, places.map((place) => link(place, false))),
          h("div", { class: "sidebar-foot" },
            h("div", { class: "row spread" }, linkState(), h("div", { class: "row tight" },
              h("button", { type: "button", class: "button quiet icon small", "aria-label": "Keyboard shortcuts", title: "Shortcuts (?)", on: { click: shortcutsDialog } }, icon("help", 16)), themeButton())),
            h("div", { class: "account" }, avatar(), h("div", { class: "grow" },
              h("p", { class: "strong small clip", text: name, title: name }), h("p", { class: "soft small clip", text: accountKind() })),
            h("button", { type: "button", class: "button quiet icon small", "aria-label": "Sign out", title: "Sign out", on: { click: onSignOut } }, icon("leave", 16)))));
        const topbar = h("header", { class: "topbar" },
          h("a", { class: "brand", href: "#/overview", "aria-label": "Overview" }, mark()), organizationSwitch(), linkState(),
          h("button", { type: "button", class: "button quiet icon small", "aria-label": "Account", on: { click: accountDialog } }, avatar()));
        const bannerWords = h("span");
        const banner = h("div", { class: "banner", role: "alert", hidden: true }, h("span", { class: "spinner" }), bannerWords);
        const main = h("main", { id: "main", class: "page", tabindex: -1 });
        const bottom = h("nav", { class: "bottom-nav", "aria-label": "Main" }, places.map((place) => link(place, true)));
        const drawThemes = () => {
          for (const element of themes) show(element, icon(isDark() ? "sun" : "moon", 16));
        };
        drawThemes();
        addEventListener("theme", drawThemes);

        return {
          element: h("div", { class: "shell" }, sidebar, h("div", { class: "content" }, topbar, banner, main), bottom),
          show(view, place) {
            show(main, view.element);
            view.element.classList.add("stack");
            scrollTo(0, 0);
            for (const { name, element } of links) {
              if (name === place) element.setAttribute("aria-current", "page");
              else element.removeAttribute("aria-current");
            }
          },
          update() {
            for (const select of switches) drawOrganizations(select);
            for (const { element, words } of states) {
              element.dataset.state = live.state;
              setText(words, linkWords[live.state]);
            }
            const away = awayWords[live.state];
            banner.hidden = !away;
            setText(bannerWords, away ? `${away}… What you see is how it last was.` : "");
            const counts = { queue: live.count("QUEUED"), deployments: live.count("RUNNING", "STARTING", "SCHEDULED") };
            for (const { name, count } of links) {
              count.hidden = !counts[name];
              setText(count, String(counts[name] ?? ""));
            }
          },
        };
      }

      function accountKind() {
        if (state.isSuperAdmin) return "Administrator";
        if (state.caller?.kind === "KIND_SERVICE_ACCOUNT") return "Service account";
        return state.current ? state.current.role : "";
      }

      function drawOrganizations(select) {
        const options = [...state.organizations.map(({ id, name }) => [id, name]), ["+create", "Create an organization…"], ["+join", "Join by invite code…"]];
        const key = JSON.stringify(options);
        if (select.dataset.key !== key) {
          select.dataset.key = key;
          show(select, state.organization === null ? h("option", { value: "", text: "No organization" }) : null, options.map(([value, text]) => h("option", { value, text })));
        }
        if (document.activeElement !== select) select.value = state.organization ?? "";
      }

      """##
    ),
    (
      "js/state.js", "31c510527a3a0b59",
      ##"""
      // Who is signed in, and which organization the page shows.

      const KEY = "berth-organization";

      export const state = {
        caller: null,
        /** Id of the organization that is shown. */
        organization: null,
        /** `{ id, name, role }`, by name. */
        organizations: [],

        get current() { return this.organizations.find(({ id }) => id === this.organization) ?? null; },
        get isSuperAdmin() { return this.caller?.user?.superAdmin === true; },
        get isAdmin() { return this.isSuperAdmin || this.current?.role === "admin"; },
        get mayDeploy() { return this.isSuperAdmin || ["admin", "developer"].includes(this.current?.role); },

        select(id) {
          this.organization = id;
          if (id) localStorage.setItem(KEY, id);
        },

        takeOrganizations(organizations) {
          this.organizations = organizations.sort((left, right) => left.name.localeCompare(right.name));
          const known = (id) => this.organizations.some((organization) => organization.id === id);
          const remembered = localStorage.getItem(KEY);
          if (!known(this.organization)) this.organization = known(remembered) ? remembered : this.organizations[0]?.id ?? null;
        },

        clear() {
          this.caller = null;
          this.organization = null;
          this.organizations = [];
        },
      };

      """##
    ),
    (
      "js/theme.js", "d9ffbbfaea657127",
      ##"""
      // Light or dark: as the system has it, unless somebody chose.

      const KEY = "berth-theme";

      export function applyTheme() {
        const chosen = localStorage.getItem(KEY);
        if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
        else delete document.documentElement.dataset.theme;
      }

      export function isDark() {
        const chosen = document.documentElement.dataset.theme;
        return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      }

      /** Switches; a choice that equals the system's is none. */
      export function switchTheme() {
        const next = isDark() ? "light" : "dark";
        const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
        if (next === system) localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, next);
        applyTheme();
        dispatchEvent(new Event("theme"));
      }

      """##
    ),
    (
      "js/views/clusters.js", "06ac999d0dcfc85a",
      ##"""
      // Clusters with what is used of them, device by device, and their agents.
      import { h, keyed, setText, show } from "../dom.js";
      import { icon } from "../icons.js";
      import { live } from "../live.js";
      import { state } from "../state.js";
      import { amounts, ago, bytes, cores, devices, isEnded, nameOf, plural, stateOf } from "../format.js";
      import { button, command, empty, meter } from "../parts.js";
      import { agentDialog, capacityDialog, clusterDialog } from "../dialogs.js";

      const HOLDERS = 5;

      const dimensions = [
        ["cpu", "CPU", "cpuMillis", (used, whole) => `${cores(used)} of ${cores(whole)} cores`],
        ["memory", "Memory", "memoryBytes", (used, whole) => `${bytes(used)} of ${bytes(whole)}`],
        ["gpu", "GPU", "gpuMillis", (used, whole) => `${devices(used)} of ${devices(whole)}`],
      ];

      /** A bar for each dimension that the cluster has. */
      export function capacityMeters(cluster) {
        const element = h("div", { class: "stack tight" });
        const values = (next, key, words) => {
          const [used, whole] = [Number(next.allocated?.[key] ?? 0), Number(next.capacity?.[key] ?? 0)];
          return { used, whole, words: words(used, whole) };
        };
        const meters = dimensions.map(([dimension, label, key, words]) => {
          const part = meter(dimension, label, values(cluster, key, words));
          element.append(part.element);
          return (next) => {
            part.update(values(next, key, words));
            part.element.hidden = Number(next.capacity?.[key] ?? 0) === 0;
          };
        });
        const update = (next) => meters.forEach((each) => each(next));
        update(cluster);
        return { element, update };
      }

      export function clusters() {
        const lead = h("p", { class: "lead" });
        const cards = h("div", { class: "cards" });
        const draw = keyed(cards, card, (cluster) => cluster.id);
        const nothing = h("section", { class: "card" }, empty({
          icon: "clusters", title: "No cluster yet", words: "A cluster is a container engine and the CPU, memory and GPU that it may give away. Register one, then attach an agent to it.",
          actions: [state.isAdmin ? button("Register a cluster", { kind: "primary", icon: "plus", on: clusterDialog }) : h("p", { text: "An admin of the organization registers clusters." }), command("berth cluster create berlin-1 --cpu 16 --memory 64Gi --gpu 4")],
        }));
        return {
          title: "Clusters",
          element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "Clusters" }), lead),
            state.isAdmin ? button("Register a cluster", { kind: "primary", icon: "plus", on: clusterDialog }) : null), nothing, cards),
          update() {
            const all = [...live.clusters.values()].sort((left, right) => left.name.localeCompare(right.name));
            const attached = all.filter((cluster) => cluster.agentAttached).length;
            setText(lead, `${plural(all.length, "cluster")}, ${attached} with an agent attached.`);
            nothing.hidden = all.length > 0 || !live.isLoaded;
            draw(all);
          },
        };
      }

      function card(cluster) {
        const name = h("h2", { class: "clip" });
        const model = h("span", { class: "badge plain", hidden: true });
        const guest = h("span", { class: "badge plain", data: { tone: "accent" }, text: "Shared with you", hidden: cluster.organizationId === state.organization });
        const meters = capacityMeters(cluster);
        const boxes = h("div", { class: "devices", role: "group", "aria-label": "GPU devices" });
        const drawDevices = keyed(boxes, device, (item) => item.index ?? 0);
        const deviceSection = h("div", { class: "stack tight" }, h("p", { class: "label", text: "Devices" }), boxes);
        const dot = h("i", {});
        const agent = h("span", {});
        const holders = h("div", { class: "holders" });
        let current = cluster;
        const isOwn = cluster.organizationId === state.organization;
        const actions = state.isAdmin && isOwn ? h("div", { class: "row tight wrap" },
          button("Agent token", { kind: "small", icon: "key", on: () => agentDialog(current) }), button("Capacity", { kind: "small", on: () => capacityDialog(current) })) : null;
        return {
          element: h("section", { class: "card", data: { cluster: cluster.id } },
            h("div", { class: "card-head" }, h("div", { class: "row grow" }, name, model, guest)),
            h("div", { class: "card-body stack" }, meters.element, deviceSection, h("p", { class: "agent-line" }, dot, agent), holders, actions)),
          update(next) {
            current = next;
            setText(name, next.name);
            name.title = next.name;
            setText(model, next.gpuModel ?? "");
            model.hidden = !next.gpuModel;
            meters.update(next);
            deviceSection.hidden = !next.gpuDevices?.length;
            drawDevices(next.gpuDevices ?? []);
            dot.dataset.tone = next.agentAttached ? "running" : next.agentSeenAt ? "failed" : "ended";
            setText(agent, agentWords(next));
            drawHolders(holders, next);
          },
        };
      }

      function device() {
        const fill = h("div", { class: "device-fill" });
        const label = h("span", {});
        const element = h("div", { class: "device", role: "img" }, fill, label);
        return {
          element,
          update({ index = 0, model, allocatedMillis = 0 }) {
            const part = Math.min(1, Number(allocatedMillis) / 1000);
            fill.style.transform = `translateY(${((1 - part) * 100).toFixed(1)}%)`;
            fill.hidden = part === 0;
            setText(label, String(index));
            const words = `Device ${index}${model ? `, ${model}` : ""}: ${Math.round(part * 100)}% in use`;
            element.title = words;
            element.setAttribute("aria-label", words);
          },
        };
      }

      function agentWords(cluster) {
        const about = [cluster.agentEngine, cluster.agentVersion ? `agent ${cluster.agentVersion}` : ""].filter(Boolean).join(" · ");
        if (cluster.agentAttached) return `Agent attached, heard ${ago(cluster.agentSeenAt)}${about ? ` · ${about}` : ""}`;
        if (cluster.agentSeenAt) return `Agent away, last heard ${ago(cluster.agentSeenAt)}${about ? ` · ${about}` : ""}`;
        return "No agent has attached yet: nothing that is placed here can start";
      }

      /** What holds the cluster now. */
      function drawHolders(box, cluster) {
        const all = [...live.deployments.values()].filter((deployment) => deployment.placedClusterId === cluster.id && !isEnded(stateOf(deployment)) && stateOf(deployment) !== "QUEUED");
        const key = all.map((deployment) => `${deployment.id}${nameOf(deployment)}`).join();
        if (box.dataset.key === key) return;
        box.dataset.key = key;
        show(box, all.length === 0 ? h("p", { class: "soft small", text: "Nothing of yours runs here." }) : [
          h("p", { class: "label", text: plural(all.length, "container") }),
          all.slice(0, HOLDERS).map((deployment) => h("a", { href: `#/deployments/${deployment.id}` }, h("span", { class: "clip", text: nameOf(deployment) }), h("span", { class: "soft clip", text: amounts(deployment.resources) }))),
          all.length > HOLDERS ? h("a", { href: "#/deployments" }, h("span", { class: "soft", text: `and ${all.length - HOLDERS} more` }), icon("arrow", 14)) : null,
        ]);
      }

      """##
    ),
    (
      "js/views/deployment.js", "bddb0a4345fbad8e",
      ##"""
      // One deployment: what it does, why it waits, what happened, what it prints.
      import { h, setText, show } from "../dom.js";
      import { icon } from "../icons.js";
      import { call } from "../rpc.js";
      import { live } from "../live.js";
      import { state } from "../state.js";
      import { absolute, amounts, clock, duration, isEnded, nameOf, reasonWords, stateOf, stateWords } from "../format.js";
      import { badge, busily, button, copyButton, empty, tabbed, time } from "../parts.js";
      import { cancelDialog, complete, priorityDialog } from "../dialogs.js";
      import { explanation } from "./explanation.js";
      import { logs } from "./logs.js";

      const order = ["QUEUED", "SCHEDULED", "STARTING", "RUNNING"];

      export function deployment({ id }) {
        const title = h("h1", { text: "…" });
        const shown = badge("QUEUED");
        const image = h("p", { class: "lead mono" });
        const actions = h("div", { class: "row wrap" });
        const timeline = h("ol", { class: "timeline", "aria-label": "States so far" });
        const reason = h("p", { class: "notice", hidden: true });
        const content = h("div", { class: "stack" });
        const root = h("div", {}, h("p", { class: "small" }, h("a", { href: "#/deployments" }, "← Deployments")), content);
        let full = null; // With what the live feed leaves out.
        let current = null;
        let tabs = null;
        let isClosed = false;

        load();
        async function load() {
          try {
            full = (await call("DeploymentService/GetDeployment", { id })).deployment;
          } catch (error) {
            if (isClosed) return;
            if (error.code === "UNAVAILABLE") setTimeout(() => { if (!isClosed && !full) load(); }, 1500);
            show(content, h("section", { class: "card" }, empty({ icon: "search", title: error.code === "NOT_FOUND" || error.code === "INVALID_ARGUMENT" ? "There is no such deployment" : "It cannot be shown now", words: error.message, actions: [h("a", { class: "button", href: "#/deployments" }, "All deployments")] })));
            return;
          }
          if (isClosed) return;
          tabs = tabbed([
            ["facts", "Details", () => facts(() => current, full)],
            ["why", "Why", () => explanation(id)],
            ["events", "Events", () => events(id)],
            ["logs", "Logs", () => logs(id)],
          ], { selected: isQueuedNow() ? "why" : "facts", label: "About the deployment" });
          tabs.panel.classList.add("card-body");
          show(content, h("div", { class: "page-head" }, h("div", { class: "grow" }, h("div", { class: "row wrap" }, title, shown.element), image), actions),
            h("section", { class: "card card-body" }, timeline, reason), h("section", { class: "card" }, tabs.list, tabs.panel));
          update(new Set(["all"]));
        }
        const isQueuedNow = () => stateOf(live.deployments.get(id) ?? full) === "QUEUED";

        function update(changed) {
          if (!full) return;
          const next = live.deployments.get(id) ?? current ?? full;
          const isNew = !current || current.updatedAt !== next.updatedAt || stateOf(current) !== stateOf(next);
          current = next;
          if (isNew) {
            setText(title, nameOf(next));
            document.title = `${nameOf(next)} · Berth`;
            setText(image, next.image ?? "");
            shown.update(stateOf(next));
            drawActions(actions, next);
            drawTimeline(timeline, next);
            const words = next.reason && (isEnded(stateOf(next)) || (next.attempt ?? 0) > 1 || next.requeuedAt) ? reasonWords(next.reason) : "";
            reason.hidden = !words;
            reason.className = stateOf(next) === "FAILED" ? "form-error" : "notice";
            setText(reason, next.exitCode !== undefined && isEnded(stateOf(next)) ? `${words} (exit code ${next.exitCode})` : words);
          }
          tabs?.current?.update?.({ isNew, changed, deployment: next });
        }

        return {
          title: "Deployment", element: root, update,
          close() {
            isClosed = true;
            tabs?.close();
          },
        };
      }

      function drawActions(box, deployment) {
        const name = stateOf(deployment);
        const focused = box.contains(document.activeElement) ? document.activeElement.textContent : null;
        show(box, !state.mayDeploy ? null : [
          name === "QUEUED" ? button("Change priority", { on: () => priorityDialog(deployment) }) : null,
          name === "RUNNING" ? button("Complete", { icon: "check", on: (event) => busily(event.currentTarget, () => complete(deployment)) }) : null,
          isEnded(name) ? null : button("Cancel", { kind: "danger", on: () => cancelDialog(deployment) }),
        ]);
        if (focused) [...box.children].find((element) => element.textContent === focused)?.focus();
      }

      /** The states on the way, with when each was reached and how long the one before took. */
      function drawTimeline(box, deployment) {
        const now = stateOf(deployment);
        const times = { QUEUED: deployment.requeuedAt ?? deployment.createdAt, SCHEDULED: deployment.scheduledAt, STARTING: null, RUNNING: deployment.startedAt };
        // Back in the queue, what it reached before counts no more.
        const reached = reachedBy(deployment, now);
        const steps = order.map((name, index) => ({ ...stateWords(name), at: index <= reached ? times[name] : null, isReached: index <= reached, isCurrent: name === now }));
        const end = isEnded(now) ? { ...stateWords(now), at: deployment.endedAt, isReached: true, isCurrent: true } : { label: "Ended", icon: "stop", tone: "ended", at: null, isReached: false, isCurrent: false };
        let before = null;
        show(box, [...steps, end].map((step) => {
          const took = step.at && before ? duration((Date.parse(step.at) - Date.parse(before)) / 1000) : null;
          if (step.at) before = step.at;
          return h("li", { data: { reached: String(step.isReached), current: String(step.isCurrent), tone: step.isCurrent ? step.tone : "" } },
            h("span", { class: "dot" }, icon(step.icon, 13)),
            h("div", {}, h("p", { class: "strong", text: step.label }), step.at ? h("p", { title: absolute(step.at), text: took ? `${clock(step.at)} · after ${took}` : clock(step.at) }) : null));
        }));
      }

      /** The index of the last state on the way that it was in. */
      function reachedBy(deployment, now) {
        if (!isEnded(now)) return order.indexOf(now);
        if (deployment.startedAt) return order.indexOf("RUNNING");
        return deployment.scheduledAt ? order.indexOf("SCHEDULED") : 0;
      }

      function facts(currentOf, full) {
        const list = h("dl", { class: "facts" });
        const link = (cluster) => (cluster ? h("a", { href: "#/clusters" }, cluster) : null);
        function draw(deployment) {
          const placed = live.clusters.get(deployment.placedClusterId)?.name ?? (deployment.placedClusterId ? "another organization's cluster" : null);
          const rows = [
            ["Id", h("span", { class: "row tight" }, h("code", { class: "clip", text: deployment.id }), copyButton(deployment.id, "Copy the id"))],
            ["Asks for", amounts(deployment.resources)],
            ["Priority", `${deployment.priority ?? 0}${deployment.priorityClass ? ` (${deployment.priorityClass})` : ""}`],
            ["Attempt", `${deployment.attempt ?? 0} of ${deployment.maxAttempts ?? 0}`],
            ["Placed on", link(placed) ?? "nowhere yet"],
            ["May run on", deployment.clusterId ? live.clusters.get(deployment.clusterId)?.name ?? "one cluster" : "any cluster"],
            deployment.gpuDevices?.length ? ["GPU devices", deployment.gpuDevices.join(", ")] : null,
            deployment.gpuModels?.length ? ["GPU models", deployment.gpuModels.join(", ")] : null,
            deployment.gangSize > 1 ? ["Group", `${(deployment.gangIndex ?? 0) + 1} of ${deployment.gangSize}, placed together`] : null,
            ["Created", time(deployment.createdAt).element],
            deployment.notBefore && stateOf(deployment) === "QUEUED" ? ["Not tried before", absolute(deployment.notBefore)] : null,
            deployment.startBy ? ["Must run by", absolute(deployment.startBy)] : null,
            full.command?.length ? ["Command", h("code", { text: full.command.join(" ") })] : null,
            full.env && Object.keys(full.env).length > 0 ? ["Environment", h("code", { text: Object.keys(full.env).sort().join(", ") })] : null,
          ];
          show(list, rows.filter(Boolean).map(([term, value]) => h("div", {}, h("dt", { text: term }), h("dd", {}, value))));
        }
        draw(currentOf() ?? full);
        return { element: list, update: ({ isNew, deployment }) => { if (isNew) draw(deployment); } };
      }

      /** Its history, newest first, read anew with each change. */
      function events(id) {
        const list = h("ol", { class: "events" });
        let isClosed = false;
        let isLoading = false;
        let isStale = false;
        async function load() {
          if (isLoading) {
            isStale = true;
            return;
          }
          isLoading = true;
          isStale = false;
          try {
            const all = [];
            let token = "";
            do {
              const answer = await call("DeploymentService/ListDeploymentEvents", { id, page: { size: 500, token } });
              all.push(...(answer.events ?? []));
              token = answer.nextPageToken ?? "";
            } while (token && all.length < 2000);
            if (!isClosed) show(list, all.reverse().map(event));
          } catch (error) {
            if (!isClosed && list.children.length === 0) show(list, h("li", { class: "form-error", text: error.message }));
          }
          isLoading = false;
          if (isStale && !isClosed) load();
        }
        load();
        return { element: list, update: ({ isNew }) => { if (isNew) load(); }, close: () => { isClosed = true; } };
      }

      function event(item) {
        const attempt = item.attempt ? ` Attempt ${item.attempt}.` : "";
        return h("li", { class: "event" }, h("span", {}, badge(stateOf(item)).element), h("span", { text: `${reasonWords(item.reason)}${attempt && item.reason ? "." : ""}${attempt}`.trim() }), timeOf(item));
      }

      function timeOf(item) {
        const { element } = time(item.at);
        element.classList.add("soft", "small");
        return element;
      }

      """##
    ),
    (
      "js/views/deployments.js", "e4b57752020117af",
      ##"""
      // All deployments, the newest first.
      import { arrowKeys, h, keyed, setText } from "../dom.js";
      import { icon } from "../icons.js";
      import { live } from "../live.js";
      import { state } from "../state.js";
      import { amounts, nameOf, plural, reasonWords, stateOf } from "../format.js";
      import { badge, button, command, empty, time } from "../parts.js";
      import { deployDialog } from "../dialogs.js";
      import { pages } from "./pager.js";

      const filters = [
        ["all", "All", null], ["waiting", "Waiting", ["QUEUED"]], ["starting", "Starting", ["SCHEDULED", "STARTING"]],
        ["running", "Running", ["RUNNING"]], ["completed", "Completed", ["COMPLETED"]], ["failed", "Failed", ["FAILED"]], ["cancelled", "Cancelled", ["CANCELLED"]],
      ];
      const GLOW_MILLISECONDS = 1_600;

      export function deployments() {
        let filter = filters[0];
        const lead = h("p", { class: "lead" });
        const search = h("input", { type: "search", placeholder: "Name, image or id", "aria-label": "Search deployments", on: { input: () => { pager.first(); update(); } } });
        const chips = filters.map((candidate) => h("button", {
          type: "button", class: "chip", "aria-pressed": String(candidate === filter), text: candidate[1],
          on: { click: () => {
            filter = candidate;
            for (const [index, chip] of chips.entries()) chip.setAttribute("aria-pressed", String(filters[index] === filter));
            pager.first();
            update();
          } },
        }));
        const rows = h("div", { class: "list", role: "list" });
        const draw = keyed(rows, row, (deployment) => deployment.id);
        const pager = pages(() => update());
        const head = h("div", { class: "list-head", "aria-hidden": "true" }, ["Deployment", "State", "Priority", "Asks for", "Where", "Changed"].map((text) => h("span", { text })));
        const nothing = h("div", {}, empty({
          icon: "deployments", title: "No deployment yet", words: "A deployment is a model's image with the CPU, memory and GPU it needs. It is placed on a cluster with room, or waits in the queue.",
          actions: [state.mayDeploy ? button("Deploy a model", { kind: "primary", icon: "plus", on: deployDialog }) : null, command("berth deploy registry.example.com/llm:7 --cpu 2 --memory 4Gi")],
        }));
        const noMatch = h("div", {}, empty({ icon: "search", title: "Nothing matches", words: "No deployment that is kept here has this state and these words. Older ones: berth deployments." }));
        arrowKeys(rows, "a.list-row");
        search.addEventListener("keydown", (event) => {
          if (event.key === "Escape") {
            search.value = "";
            update();
            search.blur();
          } else if (event.key === "ArrowDown") rows.querySelector("a.list-row")?.focus();
        });

        function update() {
          const all = [...live.deployments.values()].sort((left, right) => (left.createdAt < right.createdAt ? 1 : left.createdAt > right.createdAt ? -1 : left.id < right.id ? 1 : -1));
          const words = search.value.trim().toLowerCase();
          const shown = all.filter((deployment) => (!filter[2] || filter[2].includes(stateOf(deployment)))
            && (!words || [deployment.name, deployment.image, deployment.id].some((text) => text?.toLowerCase().includes(words))));
          setText(lead, `${plural(all.length, "deployment")}: those that have not ended, and the latest that have.`);
          nothing.hidden = all.length > 0 || !live.isLoaded;
          noMatch.hidden = all.length === 0 || shown.length > 0;
          head.hidden = shown.length === 0;
          draw(pager.cut(shown).items);
        }

        return {
          title: "Deployments",
          element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "Deployments" }), lead),
            state.mayDeploy ? button("Deploy", { kind: "primary", icon: "plus", on: deployDialog }) : null),
          h("section", { class: "card deployment-list" },
            h("div", { class: "toolbar" }, h("div", { class: "chips", role: "group", "aria-label": "State" }, chips), h("div", { class: "search" }, icon("search", 16), search, h("kbd", { text: "/", "aria-hidden": "true" }))),
            head, rows, nothing, noMatch, pager.element)),
          update,
        };
      }

      function row(deployment) {
        const name = h("p", { class: "strong clip" });
        const image = h("p", { class: "soft small clip mono" });
        const shown = badge(stateOf(deployment));
        const priority = h("span", { class: "small" });
        const asks = h("span", { class: "small" });
        const where = h("span", { class: "small soft clip" });
        const changed = time(deployment.updatedAt);
        changed.element.classList.add("soft", "small");
        let last = null;
        const element = h("a", { class: "list-row", role: "listitem", href: `#/deployments/${deployment.id}` },
          h("div", { class: "grow" }, name, image), h("span", {}, shown.element), priority, asks, where, changed.element);
        return {
          element,
          update(next) {
            if (last && stateOf(last) !== stateOf(next)) {
              element.classList.remove("changed");
              void element.offsetWidth;
              element.classList.add("changed");
              setTimeout(() => element.classList.remove("changed"), GLOW_MILLISECONDS);
            }
            last = next;
            setText(name, nameOf(next));
            setText(image, next.image ?? "");
            name.title = nameOf(next);
            shown.update(stateOf(next));
            setText(priority, next.priorityClass || String(next.priority ?? 0));
            setText(asks, amounts(next.resources));
            const cluster = live.clusters.get(next.placedClusterId || next.clusterId)?.name;
            setText(where, next.placedClusterId ? cluster ?? "another cluster" : stateOf(next) === "FAILED" ? reasonWords(next.reason) : cluster ? `only ${cluster}` : "any cluster");
            changed.update(next.updatedAt);
          },
        };
      }

      """##
    ),
    (
      "js/views/explanation.js", "e8a5e0e7106fc09b",
      ##"""
      // Why a deployment waits and what would make it fit; of one that does not wait, where it is.
      import { h, show } from "../dom.js";
      import { icon } from "../icons.js";
      import { call } from "../rpc.js";
      import { absolute, nameOf, plural, sentence } from "../format.js";

      const AGAIN_MILLISECONDS = 5_000;
      const standings = {
        STANDING_NEXT: "It is next", STANDING_WAITS_FOR_RETRY: "It waits for another attempt", STANDING_WAITS_FOR_ROOM: "It waits for room",
        STANDING_HELD_BACK: "Room is kept for one ahead of it", STANDING_IMPOSSIBLE: "No cluster can hold it", STANDING_PLACED: "It is placed",
        STANDING_ENDED: "It has ended", STANDING_WAITS_FOR_QUOTA: "A quota allows no more",
      };
      const verdicts = {
        VERDICT_FITS: ["Has room", "running"], VERDICT_WRONG_GPU_MODEL: ["Other GPU model", "ended"], VERDICT_TOO_SMALL: ["Too small", "failed"],
        VERDICT_AGENT_LOST: ["Agent lost", "failed"], VERDICT_NO_ROOM: ["No room now", "waiting"], VERDICT_RESERVED: ["Kept for another", "waiting"], VERDICT_QUOTA: ["Quota reached", "waiting"],
      };

      export function explanation(id) {
        const element = h("div", { class: "why" }, h("p", { class: "soft", text: "Asking the scheduler…" }));
        let isClosed = false;
        async function load() {
          try {
            const answer = await call("DeploymentService/ExplainDeployment", { id });
            if (!isClosed) draw(element, answer);
          } catch (error) {
            if (!isClosed && !element.dataset.text) show(element, h("p", { class: "form-error", text: error.message }));
          }
        }
        load();
        const timer = setInterval(load, AGAIN_MILLISECONDS);
        return {
          element, update: ({ isNew }) => { if (isNew) load(); },
          close() {
            isClosed = true;
            clearInterval(timer);
          },
        };
      }

      function draw(element, answer) {
        const text = JSON.stringify({ ...answer, deployment: null });
        if (element.dataset.text === text) return;
        element.dataset.text = text;
        const { queue, fit, preemption, timeLimit } = answer;
        const hasWaited = answer.standing !== "STANDING_PLACED" && answer.standing !== "STANDING_ENDED";
        show(element,
          h("div", { class: "stack tight" }, h("span", {}, h("span", { class: "badge plain", data: { tone: hasWaited ? "waiting" : "accent" }, text: standings[answer.standing] ?? "It waits" })),
            h("p", { class: "why-summary", text: sentence(answer.summary) })),
          queue ? place(queue) : null,
          fit?.advice?.length ? section("What would make it fit", h("ul", { class: "advice" }, fit.advice.map(({ words }) => h("li", {}, icon("bulb", 16), h("span", { text: sentence(words) }))))) : null,
          preemption?.words ? section("Preemption", h("p", { text: sentence(preemption.words) })) : null,
          timeLimit?.at ? section("Time limit", h("p", { text: `If nothing else happens, it fails at ${absolute(timeLimit.at)}.` })) : null,
          fit?.clusters?.length ? section(`Clusters, the nearest to fitting first`, h("div", {}, fit.clusters.map(cluster),
            fit.clusterCount > fit.clusters.length ? h("p", { class: "soft small", text: `and ${plural(fit.clusterCount - fit.clusters.length, "more cluster")}` }) : null)) : null);
      }

      const section = (title, ...content) => h("section", { class: "stack tight" }, h("h3", { text: title }), ...content);

      function place({ position, ahead = "0", isMoreAhead, first = [] }) {
        return section(`Place ${position ?? "1"} in the queue`,
          h("p", { class: "soft", text: Number(ahead) === 0 ? "Nobody stands before it." : `${plural(ahead, "deployment")}${isMoreAhead ? " and more" : ""} ${Number(ahead) === 1 ? "stands" : "stand"} before it.` }),
          Number(ahead) > 0 && first.length > 0 ? h("p", { class: "small" }, "At the head: ", first.flatMap((item, index) => [index > 0 ? ", " : null,
            h("a", { href: `#/deployments/${item.deploymentId}`, text: nameOf({ name: item.name, id: item.deploymentId }) }), ` (${item.priority ?? 0})`])) : null);
      }

      function cluster(fit) {
        const [label, tone] = verdicts[fit.verdict] ?? ["Unknown", "ended"];
        return h("div", { class: "fit" }, h("span", { class: "strong clip", text: fit.clusterName }), h("span", { class: "badge plain", data: { tone }, text: label }),
          fit.words ? h("p", { class: "soft small", text: sentence(fit.words) }) : null);
      }

      """##
    ),
    (
      "js/views/gate.js", "ad9efaf1bd12bd68",
      ##"""
      // Signing in, signing up.
      import { h } from "../dom.js";
      import { mark } from "../icons.js";
      import { send } from "../rpc.js";
      import { switchTheme } from "../theme.js";
      import { button, field, form, tabbed, textInput } from "../parts.js";

      /** While the console or berthd cannot be asked who is signed in. */
      export function away(words) {
        return h("main", { class: "gate", id: "main", tabindex: -1 }, h("div", { class: "gate-inner" },
          h("h1", { class: "brand" }, mark(), "Berth"),
          h("div", { class: "card card-body stack tight" },
            h("p", { class: "row strong" }, h("span", { class: "spinner" }), "Reconnecting…"),
            h("p", { class: "soft", text: words }))));
      }

      export function gate({ notice, onSignedIn }) {
        const enter = (path) => async (request) => onSignedIn(await (await send(path, "POST", request)).json());
        const username = () => textInput({ autocomplete: "username", autocapitalize: "none", maxlength: 64 });
        const password = (kind) => h("input", { type: "password", autocomplete: kind, maxlength: 256 });

        const signIn = () => ({ element: form({
          fields: [field({ name: "username", label: "Username", input: username() }), field({ name: "password", label: "Password", input: password("current-password") })],
          action: "Sign in",
          submit: ({ username, password }) => enter("/console/session")({ username: username.trim(), password }),
        }) });
        const signUp = () => ({ element: form({
          fields: [
            field({ name: "username", label: "Username", hint: "3 to 64 small letters, digits, '.', '_' and '-'.", input: username() }),
            field({ name: "displayName", label: "Name (optional)", hint: "How others see you.", input: textInput({ autocomplete: "name", maxlength: 128 }) }),
            field({ name: "password", label: "Password", hint: "At least 12 characters.", input: password("new-password") }),
          ],
          action: "Create account",
          submit: ({ username, displayName, password }) => enter("/console/account")({ username: username.trim(), displayName: displayName.trim(), password }),
        }) });
        const byToken = () => ({ element: form({
          fields: [field({ name: "token", label: "Token", hint: "An API key, or the administrator's token from its file.", input: h("input", { type: "password", autocomplete: "off" }) })],
          action: "Sign in",
          submit: ({ token }) => enter("/console/token-session")({ password: token.trim() }),
        }) });

        const tabs = tabbed([["in", "Sign in", signIn], ["up", "Sign up", signUp], ["token", "By token", byToken]], {
          selected: "in", even: true, label: "How to sign in", onSelect: () => tabs.panel.querySelector("input")?.focus(),
        });
        tabs.panel.classList.add("card-body");
        return h("main", { class: "gate", id: "main", tabindex: -1 }, h("div", { class: "gate-inner" },
          h("h1", { class: "brand" }, mark(), "Berth"),
          notice ? h("p", { class: "notice", role: "status", text: notice }) : null,
          h("div", { class: "card" }, tabs.list, tabs.panel),
          h("div", { class: "gate-foot" }, button("Light or dark", { kind: "quiet small", on: switchTheme }))));
      }

      """##
    ),
    (
      "js/views/logs.js", "83618e8db85249db",
      ##"""
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

      """##
    ),
    (
      "js/views/overview.js", "ef2f298c42e5a698",
      ##"""
      // An organization at a glance.
      import { h, keyed, setText, show } from "../dom.js";
      import { icon } from "../icons.js";
      import { live } from "../live.js";
      import { state } from "../state.js";
      import { chart } from "../chart.js";
      import { ago, duration, nameOf, number, plural, reasonWords, secondsSince, share, stateOf, stateWords } from "../format.js";
      import { button, time } from "../parts.js";
      import { agentDialog, clusterDialog, deployDialog } from "../dialogs.js";
      import { capacityMeters } from "./clusters.js";

      const ACTIVITIES = 8;
      const dimensions = [["CPU", "cpu", "var(--cpu)"], ["Memory", "memory", "var(--memory)"], ["GPU", "gpu", "var(--gpu)"]];
      const percent = (part) => `${Math.round(part * 100)}%`;

      export function overview() {
        const lead = h("p", { class: "lead" });
        const deploy = state.mayDeploy ? button("Deploy", { kind: "primary", icon: "plus", on: deployDialog }) : null;
        const tiles = { running: tile("Running", "running", "#/deployments"), waiting: tile("Waiting", "waiting", "#/queue"), used: tile("Capacity in use", "", "#/clusters"), ended: tile("Ended in the last hour", "", "#/deployments") };
        const allocation = chart({
          title: "Allocated share of the capacity", format: percent, top: () => 1,
          series: dimensions.map(([name, key, color]) => ({ name, color, value: (sample) => share(sample.allocated[key], sample.capacity[key]) })),
        });
        const load = chart({
          title: "Deployments", format: (value) => number(value, 1), top: () => 4,
          series: [{ name: "Running", color: "var(--running)", value: (sample) => sample.running }, { name: "Waiting", color: "var(--waiting)", value: (sample) => sample.queued }],
        });
        const clusterBox = h("div", { class: "stack" });
        const drawClusters = keyed(clusterBox, clusterSummary, (cluster) => cluster.id);
        const activityBox = h("div", {});
        const drawActivity = keyed(activityBox, activityRow, (deployment) => deployment.id);
        const nothing = h("p", { class: "soft card-body", text: "Nothing has happened yet." });
        const steps = h("section", { class: "card", "aria-label": "First steps" });
        const charts = h("div", { class: "columns" }, panel("Allocation", allocation.element), panel("Running and waiting", load.element));
        const details = h("div", { class: "columns main-side" },
          panel("Latest changes", [activityBox, nothing], { isFlush: true }), panel("Clusters", clusterBox));

        return {
          title: "Overview",
          element: h("div", {},
            h("div", { class: "page-head" }, h("div", {}, h("h1", { text: state.current?.name ?? "" }), lead),
              deploy),
            steps, h("div", { class: "tiles" }, Object.values(tiles).map(({ element }) => element)), charts, details),
          update() {
            const all = [...live.deployments.values()];
            const clusters = [...live.clusters.values()].sort((left, right) => left.name.localeCompare(right.name));
            drawTiles(tiles, all, clusters);
            setText(lead, `${plural(clusters.length, "cluster")}, ${plural(live.count("RUNNING"), "running deployment")}.`);
            allocation.update(live.samples);
            load.update(live.samples);
            drawClusters(clusters.slice(0, 6));
            const latest = all.sort((left, right) => (left.updatedAt < right.updatedAt ? 1 : -1)).slice(0, ACTIVITIES);
            drawActivity(latest);
            nothing.hidden = latest.length > 0;
            drawSteps(steps, clusters, all);
            if (deploy) deploy.hidden = clusters.length === 0;
            charts.hidden = clusters.length === 0;
            details.hidden = clusters.length === 0;
          },
        };
      }

      export function panel(title, content, { isFlush = false, action = null } = {}) {
        return h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", { text: title }), action),
          h("div", isFlush ? { style: { padding: "10px 0" } } : { class: "card-body" }, content));
      }

      function tile(label, tone, href) {
        const figure = h("p", { class: "figure" });
        const note = h("p", { class: "soft small" });
        return {
          element: h("a", { class: "card tile", href }, h("p", { class: "label" }, tone ? h("i", { data: { tone } }) : null, label), figure, note),
          update(value, words, unit = "") {
            const text = `${value}${unit}`;
            if (figure.dataset.text !== text) {
              figure.dataset.text = text;
              show(figure, String(value), unit ? h("small", { text: ` ${unit}` }) : null);
            }
            setText(note, words);
          },
        };
      }

      function drawTiles(tiles, all, clusters) {
        const starting = live.count("STARTING", "SCHEDULED");
        tiles.running.update(number(live.count("RUNNING")), starting > 0 ? `${number(starting)} starting` : "None starting");
        const queue = live.queue;
        // More may wait than the page is told of; that none does it knows by itself.
        const queued = queue.length === 0 ? 0 : Math.max(queue.length, Number(live.quota?.queued ?? 0));
        const oldest = queue.reduce((least, { createdAt }) => (least === null || createdAt < least ? createdAt : least), null);
        tiles.waiting.update(number(queued), oldest ? `Oldest waits ${duration(secondsSince(oldest))}` : "The queue is empty");
        const sum = (kind, key) => clusters.reduce((total, cluster) => total + Number(cluster[kind]?.[key] ?? 0), 0);
        const parts = [["CPU", "cpuMillis"], ["memory", "memoryBytes"], ["GPU", "gpuMillis"]].map(([label, key]) => [label, sum("allocated", key), sum("capacity", key)]).filter(([, , whole]) => whole > 0);
        const most = parts.toSorted((left, right) => share(right[1], right[2]) - share(left[1], left[2]))[0];
        tiles.used.update(most ? percent(share(most[1], most[2])) : "0%", most ? parts.filter((part) => part !== most).map(([label, part, whole]) => `${label} ${percent(share(part, whole))}`).join(" · ") : "No cluster yet", most ? `of ${most[0]}` : "");
        const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
        const ended = all.filter((deployment) => deployment.endedAt > hourAgo);
        const failed = ended.filter((deployment) => stateOf(deployment) === "FAILED").length;
        tiles.ended.update(number(ended.length), failed > 0 ? `${number(failed)} failed` : "None failed");
      }

      function clusterSummary(cluster) {
        const name = h("a", { class: "strong clip", href: "#/clusters" });
        const agent = h("span", { class: "soft small" });
        const meters = capacityMeters(cluster);
        return {
          element: h("div", { class: "stack tight" }, h("div", { class: "row spread" }, name, agent), meters.element),
          update(next) {
            setText(name, next.name);
            setText(agent, next.agentAttached ? "agent attached" : next.agentSeenAt ? `agent seen ${ago(next.agentSeenAt)}` : "no agent yet");
            meters.update(next);
          },
        };
      }

      function activityRow(deployment) {
        const dot = h("i", {});
        const name = h("span", { class: "strong" });
        const words = h("span", { class: "soft small" });
        const at = time(deployment.updatedAt);
        at.element.classList.add("soft", "small");
        return {
          element: h("a", { class: "activity-row", href: `#/deployments/${deployment.id}` }, dot, h("div", { class: "grow" }, h("p", { class: "clip" }, name), h("p", { class: "clip" }, words)), at.element),
          update(next) {
            const { label, tone } = stateWords(stateOf(next));
            dot.dataset.tone = tone;
            setText(name, nameOf(next));
            setText(words, next.reason ? `${label}: ${reasonWords(next.reason)}` : label);
            at.update(next.updatedAt);
          },
        };
      }

      function drawSteps(box, clusters, all) {
        const bare = clusters.find((cluster) => !cluster.agentAttached && !cluster.agentSeenAt);
        const steps = [
          { title: "Register a cluster", words: "Say how much CPU, memory and GPU there is.", isDone: clusters.length > 0, action: state.isAdmin && ((kind) => button("Register", { kind, on: clusterDialog })) },
          { title: "Attach an agent", words: "berth-agent runs what is placed on the cluster.", isDone: clusters.some((cluster) => cluster.agentSeenAt || cluster.agentAttached), action: state.isAdmin && bare && ((kind) => button("Make a token", { kind, on: () => agentDialog(bare) })) },
          { title: "Deploy a model", words: "It is placed as soon as there is room, or waits in the queue.", isDone: all.length > 0, action: state.mayDeploy && clusters.length > 0 && ((kind) => button("Deploy", { kind, on: deployDialog })) },
        ];
        box.hidden = !live.isLoaded || steps.every(({ isDone }) => isDone);
        const key = steps.map(({ isDone, action }) => `${isDone}${Boolean(action)}`).join() + (bare?.id ?? "");
        if (box.dataset.key === key) return;
        box.dataset.key = key;
        const next = steps.find(({ isDone, action }) => !isDone && action);
        show(box, h("div", { class: "card-head" }, h("h2", { text: "First steps" })), h("ol", { class: "steps" }, steps.map((step, index) =>
          h("li", { class: "step", data: { done: String(step.isDone) } }, h("span", { class: "step-mark" }, step.isDone ? icon("check", 15, "Done") : String(index + 1)),
            h("div", { class: "step-text" }, h("h3", { text: step.title }), h("p", { class: "soft small", text: step.words })),
            step.isDone || !step.action ? null : step.action(step === next ? "primary" : "")))));
      }

      """##
    ),
    (
      "js/views/pager.js", "e228aa2747240367",
      ##"""
      // Long lists in pages: nothing that is not seen is drawn.
      import { h, setText } from "../dom.js";
      import { number } from "../format.js";
      import { button } from "../parts.js";

      const PAGE_ROWS = 50;

      export function pages(onChange) {
        let page = 0;
        const words = h("span", { class: "soft small" });
        const turn = (by) => () => {
          page += by;
          onChange();
          element.closest("section")?.scrollIntoView({ block: "start" });
        };
        const previous = button("Previous", { kind: "small", on: turn(-1) });
        const next = button("Next", { kind: "small", on: turn(1) });
        const element = h("div", { class: "pager", hidden: true }, words, h("div", { class: "row tight" }, previous, next));
        return {
          element,
          first() { page = 0; },
          cut(items) {
            const count = Math.max(1, Math.ceil(items.length / PAGE_ROWS));
            page = Math.min(Math.max(page, 0), count - 1);
            const from = page * PAGE_ROWS;
            const shown = items.slice(from, from + PAGE_ROWS);
            element.hidden = count === 1;
            previous.disabled = page === 0;
            next.disabled = page === count - 1;
            setText(words, `${number(from + 1)} to ${number(from + shown.length)} of ${number(items.length)}`);
            return { from, items: shown };
          },
        };
      }

      """##
    ),
    (
      "js/views/people.js", "6fe31790734d6d58",
      ##"""
      // Who belongs to the organization, and as what.
      import { h, keyed, setText, show } from "../dom.js";
      import { call } from "../rpc.js";
      import { state } from "../state.js";
      import { plural } from "../format.js";
      import { button, choice, confirmed, time, toast } from "../parts.js";
      import { inviteDialog } from "../dialogs.js";
      import { pages } from "./pager.js";

      const MEMBERS = 2_000;
      const roles = [["admin", "Admin"], ["developer", "Developer"], ["viewer", "Viewer"]];

      export function people() {
        const lead = h("p", { class: "lead" });
        const rows = h("div", { class: "list", role: "list" });
        const draw = keyed(rows, (member) => row(member, load), (member) => member.userId);
        const pager = pages(() => draw(pager.cut(members).items));
        const failure = h("p", { class: "form-error", role: "alert", hidden: true });
        let members = [];
        let isClosed = false;

        async function load() {
          try {
            const all = [];
            let token = "";
            do {
              const answer = await call("OrganizationService/ListMembers", { organizationId: state.organization, page: { size: 500, token } });
              all.push(...(answer.members ?? []));
              token = answer.nextPageToken ?? "";
            } while (token && all.length < MEMBERS);
            members = all;
            failure.hidden = true;
            setText(lead, `${plural(members.length, "member")}. Admins decide, developers deploy, viewers look.`);
            draw(pager.cut(members).items);
          } catch (error) {
            failure.hidden = false;
            setText(failure, error.message);
            if (error.code === "UNAVAILABLE" && !isClosed) setTimeout(load, 2000);
          }
        }
        load();

        return {
          title: "People",
          element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "People" }), lead),
            state.isAdmin ? button("Invite", { kind: "primary", icon: "plus", on: () => inviteDialog(state.current) }) : null),
          failure, h("section", { class: "card member-list" },
            h("div", { class: "list-head", "aria-hidden": "true" }, ["Member", "Role", "Joined", ""].map((text) => h("span", { text }))), rows, pager.element)),
          close: () => { isClosed = true; },
        };
      }

      function row(member, reload) {
        const name = h("p", { class: "strong clip" });
        const username = h("p", { class: "soft small clip" });
        const role = h("span", {});
        const joined = time(member.joinedAt);
        joined.element.classList.add("soft", "small");
        const isSelf = member.userId === state.caller?.id;
        const remove = state.isAdmin || isSelf ? button(isSelf ? "Leave" : "Remove", { kind: "small danger", on: () => confirmed({
          title: isSelf ? `Leave ${state.current.name}?` : `Remove ${member.username}?`, action: isSelf ? "Leave" : "Remove",
          words: isSelf ? "You lose access at once. An admin can invite you again." : "They lose access at once. What they deployed stays.",
          run: async () => {
            await call("OrganizationService/RemoveMember", { organizationId: member.organizationId, userId: member.userId });
            if (isSelf) location.reload();
            else await reload();
          },
        }) }) : h("span");
        let shown = null;
        return {
          element: h("div", { class: "list-row", role: "listitem" }, h("div", { class: "row grow" }, h("span", { class: "avatar", "aria-hidden": "true", text: (member.displayName || member.username).slice(0, 2) }), h("div", { class: "grow" }, name, username)), role, joined.element, remove),
          update(next) {
            setText(name, `${next.displayName || next.username}${isSelf ? " (you)" : ""}`);
            setText(username, next.username);
            joined.update(next.joinedAt);
            if (shown === next.role) return;
            shown = next.role;
            show(role, state.isAdmin ? roleChoice(next, reload) : h("span", { class: "badge plain", text: next.role }));
          },
        };
      }

      function roleChoice(member, reload) {
        const select = choice(roles, member.role, { "aria-label": `Role of ${member.username}` });
        select.addEventListener("change", async () => {
          try {
            await call("OrganizationService/SetMemberRole", { organizationId: member.organizationId, userId: member.userId, role: select.value });
            toast(`${member.username} is ${select.value === "admin" ? "an" : "a"} ${select.value} now.`);
            await reload();
          } catch (error) {
            select.value = member.role;
            toast(error.message, "failed");
          }
        });
        return select;
      }

      """##
    ),
    (
      "js/views/queue.js", "1100204ce845694c",
      ##"""
      // Who waits, in which order, and why.
      import { arrowKeys, h, keyed, setText } from "../dom.js";
      import { call } from "../rpc.js";
      import { live } from "../live.js";
      import { state } from "../state.js";
      import { amounts, duration, nameOf, plural, secondsSince, sentence } from "../format.js";
      import { button, command, empty } from "../parts.js";
      import { deployDialog, priorityDialog } from "../dialogs.js";
      import { pages } from "./pager.js";

      /** So many at the head are explained without being asked, and each at most so often. */
      const EXPLAINED = 10;
      const EXPLAIN_MILLISECONDS = 6_000;

      export function queue() {
        const lead = h("p", { class: "lead" });
        const rows = h("div", { class: "list", role: "list" });
        const reasons = new Map(); // id -> { words, at, isAsked }
        const draw = keyed(rows, (deployment) => row(deployment, reasons), ({ deployment }) => deployment.id);
        const nothing = h("div", {}, empty({
          icon: "check", title: "Nothing waits",
          words: "What fits nowhere yet stands here in the order of the scheduler: by priority, then age. Each says why it waits and what would make it fit.",
          actions: [state.mayDeploy ? button("Deploy a model", { kind: "primary", icon: "plus", on: deployDialog }) : null, command("berth deployments --state queued")],
        }));
        const pager = pages(() => update());
        const list = h("div", { class: "queue-list" },
          h("div", { class: "list-head", "aria-hidden": "true" }, ["", "Deployment", "Priority", "Asks for", "Why it waits", ""].map((text) => h("span", { text }))), rows, pager.element);
        arrowKeys(rows, "a.queue-name");
        const timer = setInterval(update, 5000);
        let isClosed = false;

        function update() {
          const all = live.queue;
          const total = Math.max(all.length, Number(live.quota?.queued ?? 0));
          setText(lead, all.length === 0 ? "Deployments that wait for room." : `${plural(total, "deployment")} ${total === 1 ? "waits" : "wait"} for room, the first for ${duration(secondsSince(all[0].createdAt))}.${total > all.length ? ` The first ${all.length} known are shown.` : ""}`);
          nothing.hidden = all.length > 0 || !live.isLoaded;
          list.hidden = all.length === 0;
          const { from, items } = pager.cut(all);
          draw(items.map((deployment, index) => ({ deployment, place: from + index + 1 })));
          explain(items.slice(0, EXPLAINED));
        }

        async function explain(items) {
          const now = Date.now();
          for (const { id } of items) {
            const known = reasons.get(id);
            if (isClosed || known?.isAsked || (known && now - known.at < EXPLAIN_MILLISECONDS)) continue;
            reasons.set(id, { ...known, isAsked: true, at: now });
            try {
              const answer = await call("DeploymentService/ExplainDeployment", { id });
              const words = sentence(answer.summary);
              reasons.set(id, { words, at: Date.now() });
              for (const element of rows.querySelectorAll("[data-why]")) {
                if (element.dataset.why === id) setText(element, words);
              }
            } catch {
              reasons.set(id, { ...known, isAsked: false, at: now });
            }
          }
        }

        return {
          title: "Queue",
          element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "Queue" }), lead),
            state.mayDeploy ? button("Deploy", { kind: "primary", icon: "plus", on: deployDialog }) : null), h("section", { class: "card" }, nothing, list)),
          update,
          close() {
            isClosed = true;
            clearInterval(timer);
          },
        };
      }

      function row({ deployment }, reasons) {
        const place = h("span", { class: "place" });
        const name = h("a", { class: "strong clip queue-name", href: `#/deployments/${deployment.id}` });
        const since = h("p", { class: "soft small clip" });
        const priority = h("span", { class: "badge plain" });
        const asks = h("span", { class: "small" });
        const why = h("span", { class: "small soft", data: { why: deployment.id } });
        let current = deployment;
        const change = state.mayDeploy ? button("Priority", { kind: "small", on: () => priorityDialog(current) }) : h("span");
        return {
          element: h("div", { class: "list-row", role: "listitem" }, place, h("div", { class: "grow" }, h("p", { class: "clip" }, name), since), h("span", {}, priority), asks, why, change),
          update({ deployment: next, place: at }) {
            current = next;
            setText(place, String(at));
            place.classList.toggle("first", at === 1);
            place.setAttribute("aria-label", `Place ${at}`);
            setText(name, nameOf(next));
            setText(since, `waits ${duration(secondsSince(next.requeuedAt ?? next.createdAt))}${next.gangSize > 1 ? ` · ${(next.gangIndex ?? 0) + 1} of ${next.gangSize}` : ""}`);
            setText(priority, next.priorityClass ? `${next.priorityClass} ${next.priority ?? 0}` : String(next.priority ?? 0));
            setText(asks, amounts(next.resources));
            setText(why, reasons.get(next.id)?.words ?? "Open it to see why.");
          },
        };
      }

      """##
    ),
    (
      "js/views/scheduler.js", "a7ffaa2e614bcce0",
      ##"""
      // Who schedules, how much waits, and how that went lately.
      import { h, setText, show } from "../dom.js";
      import { live } from "../live.js";
      import { chart } from "../chart.js";
      import { duration, number, plural, secondsSince } from "../format.js";
      import { command, empty } from "../parts.js";
      import { panel } from "./overview.js";

      const unknown = {
        "no-token": "This console has no administrator's token. Start berth-console with --token-file to see the scheduler here.",
        refused: "berthd refuses the console's own token: it is no administrator's, or has ended. Look at --token-file of berth-console.",
      };

      export function scheduler() {
        const lead = h("p", { class: "lead" });
        const tiles = h("div", { class: "tiles" });
        const load = chart({
          title: "All organizations", format: (value) => number(value, 1), top: () => 4,
          series: [{ name: "Holding resources", color: "var(--running)", value: ({ holding }) => holding }, { name: "Waiting", color: "var(--waiting)", value: ({ queued }) => queued }],
        });
        const rate = chart({
          title: "Placements a second", format: (value) => number(value, 2), top: () => 1,
          series: [{ name: "Placements a second", color: "var(--cpu)", value: ({ perSecond = 0 }) => perSecond }],
        });
        const waits = h("div", { class: "waits" });
        const shards = h("div", { class: "list shard-list" });
        const content = h("div", { class: "stack" }, tiles, h("div", { class: "columns" }, panel("Waiting and placed", load.element), panel("Placements", [rate.element, waits])), panel("Shards", shards, { isFlush: true }));
        const nothing = h("section", { class: "card", hidden: true });
        const timer = setInterval(update, 1000);

        function update() {
          const { scheduler: now } = live;
          if (!now) {
            setText(lead, live.isLoaded ? "Waiting for the scheduler's state…" : "");
            content.hidden = true;
            return;
          }
          const isKnown = !now.unknown;
          content.hidden = !isKnown;
          nothing.hidden = isKnown;
          if (!isKnown) {
            if (nothing.childElementCount === 0) show(nothing, empty({ icon: "scheduler", title: "The scheduler's state is not known here", words: unknown[now.unknown] ?? "", actions: [command("berth scheduler")] }));
            setText(lead, "One leader for each shard places deployments, fenced by its epoch.");
            return;
          }
          const all = now.shards ?? [];
          const led = all.filter(({ leader }) => leader).length;
          setText(lead, led === all.length ? "Each shard has a leader, fenced by its epoch." : `${plural(all.length - led, "shard")} without a leader: the next one takes over within seconds.`);
          drawTiles(tiles, now, all);
          load.update(live.schedulerSamples);
          rate.update(live.schedulerSamples);
          drawWaits(waits, live.placements);
          drawShards(shards, all);
        }

        return {
          title: "Scheduler",
          element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "Scheduler" }), lead)), nothing, content),
          update, close: () => clearInterval(timer),
        };
      }

      /** From the queue to the placement, of what was placed in the last quarter of an hour. */
      function drawWaits(box, placements) {
        const words = (wait) => (wait === "more" ? "longer" : `≤ ${wait < 1 ? `${number(wait * 1000, 0)} ms` : wait < 60 ? `${number(wait, 1)} s` : duration(wait)}`);
        const isKnown = placements && placements.p50 !== null;
        const parts = isKnown ? [["Half waited", placements.p50], ["95% waited", placements.p95], ["99% waited", placements.p99]].map(([label, wait]) => [label, words(wait)]) : [];
        const text = JSON.stringify([parts, placements?.placements]);
        if (box.dataset.text === text) return;
        box.dataset.text = text;
        show(box, h("p", { class: "soft small", text: placements ? `${plural(placements.placements, "placement")} in the last quarter of an hour, or since the console began.` : "" }),
          isKnown ? h("dl", { class: "facts" }, parts.map(([label, value]) => h("div", {}, h("dt", { text: label }), h("dd", { text: value })))) : null);
      }

      function drawTiles(box, now, shards) {
        const tiles = [
          ["Waiting", number(now.queued ?? 0), now.oldestQueuedAt ? `Oldest waits ${duration(secondsSince(now.oldestQueuedAt))}` : "The queue is empty", "waiting"],
          ["Holding resources", number(now.holding ?? 0), "Placed, starting or running", "running"],
          ["Epoch", number(now.epoch ?? 0, 0), "Rises with each new term"],
          ["Shards", number(Math.max(1, shards.length)), leaderWords(shards)],
        ];
        while (box.children.length < tiles.length) {
          const [label, , , tone] = tiles[box.children.length];
          box.append(h("div", { class: "card tile" }, h("p", { class: "label" }, tone ? h("i", { data: { tone } }) : null, label), h("p", { class: "figure" }), h("p", { class: "soft small" })));
        }
        for (const [index, [, figure, words]] of tiles.entries()) {
          setText(box.children[index].children[1], figure);
          setText(box.children[index].children[2], words);
        }
      }

      function leaderWords(shards) {
        const leaders = new Set(shards.map(({ leader }) => leader).filter(Boolean)).size;
        return leaders === 1 ? "Led by 1 replica" : `Led by ${leaders} replicas`;
      }

      function drawShards(box, shards) {
        const key = JSON.stringify(shards.map((shard) => ({ ...shard, oldestQueuedAt: undefined })));
        if (box.dataset.key === key) return;
        box.dataset.key = key;
        const cell = (label, text) => h("span", { class: "small" }, h("span", { class: "cell-label", text: `${label} ` }), text);
        show(box, h("div", { class: "list-head", "aria-hidden": "true" }, ["Shard", "Leader", "Epoch", "Waiting", "Holding", "Oldest wait"].map((text) => h("span", { text }))),
          shards.map(({ shard = 0, leader, epoch = 0, queued = 0, holding = 0, oldestQueuedAt }) => h("div", { class: "list-row" },
            h("span", { class: "strong", text: String(shard) }),
            leader ? h("span", { class: "mono clip", text: leader, title: leader }) : h("span", { class: "badge plain", data: { tone: "waiting" }, text: "nobody" }),
            cell("Epoch", number(epoch, 0)), cell("Waiting", number(queued)), cell("Holding", number(holding)), cell("Oldest", oldestQueuedAt ? duration(secondsSince(oldestQueuedAt)) : "none"))));
      }

      """##
    ),
    (
      "js/views/welcome.js", "2ac3657c4df49e84",
      ##"""
      // For somebody without an organization.
      import { h } from "../dom.js";
      import { icon } from "../icons.js";
      import { button, command, empty } from "../parts.js";
      import { joinDialog, organizationDialog } from "../dialogs.js";
      import { state } from "../state.js";

      export function welcome({ onOrganizationsChanged }) {
        const name = state.caller?.user?.displayName || state.caller?.name || "";
        return {
          title: "Welcome",
          element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: name ? `Welcome, ${name}` : "Welcome" }))),
            h("section", { class: "card" }, empty({
              title: "Begin with an organization",
              words: "Clusters and deployments belong to an organization. Create one of your own, or join one with the invite code that an admin gave you.",
              actions: [
                h("div", { class: "row wrap" },
                  h("button", { type: "button", class: "button primary", on: { click: () => organizationDialog(onOrganizationsChanged) } }, icon("plus"), "Create an organization"),
                  button("Join by invite code", { on: () => joinDialog(onOrganizationsChanged) })),
                h("p", { class: "small", text: "Or in a terminal:" }), command("berth org create my-team"),
              ],
            }))),
        };
      }

      """##
    ),
  ]
}
