/// Panels, buttons, forms, badges and notices.
let styleParts = """
    .panel {
      background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; box-shadow: var(--shadow);
    }
    .panel + .panel { margin-top: 1rem; }
    .panel > h2, .panel > h3 { margin-bottom: .75rem; }
    .card { border-left: 4px solid var(--accent); }
    .card-head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: .25rem 1rem; }
    .card-head h3 { font-size: 1.125rem; }
    .card-head a { color: var(--text); }
    .card .columns { margin-top: .9rem; }
    .card .notice { margin: .75rem 0 0; }
    .card details .panel { box-shadow: none; border-width: 1px 0 0; border-radius: 0; padding: 1rem 0; margin: 0; background: none; }
    .empty { display: grid; gap: .6rem; }

    button {
      font: inherit; font-weight: 600; cursor: pointer; border-radius: 8px; border: 2px solid transparent; padding: .55rem 1rem;
      min-height: 2.75rem;
    }
    button.primary { background: var(--accent); color: var(--accent-text); width: 100%; }
    button.quiet {
      background: none; border: 1px solid var(--line-strong); color: var(--text); font-weight: 500; min-height: 2.25rem;
      padding: .25rem .75rem; font-size: .875rem;
    }
    button.quiet:hover { background: var(--sunken); }
    button.approve { background: var(--good); color: var(--good-text); }
    button.deny { background: var(--surface); color: var(--bad); border-color: var(--bad); }
    button.approve::before { content: "✓" / ""; margin-right: .5rem; }
    button.deny::before { content: "✕" / ""; margin-right: .5rem; }
    button.approve:hover, button.primary:hover { filter: brightness(1.1); }
    button.deny:hover { background: var(--bad); color: var(--bad-text); }
    form.inline { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .25rem; }
    .button-row { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin-top: .25rem; }
    .button-row form.inline { margin: 0; }
    a.button {
      display: inline-flex; align-items: center; border: 1px solid var(--line-strong); border-radius: 8px; color: var(--text);
      min-height: 2.25rem; padding: .25rem .75rem; font-size: .875rem; font-weight: 500; text-decoration: none;
    }
    a.button:hover { background: var(--sunken); }
    ol.plain { list-style: none; padding: 0; }
    .buttons { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: .75rem; }
    .buttons.three { grid-template-columns: 1fr; }
    .buttons button { min-height: 3rem; }
    label { display: block; font-size: .875rem; font-weight: 600; margin-bottom: .3rem; }
    input[type=password], input[type=text], select, textarea {
      display: block; width: 100%; padding: .55rem .7rem; font-size: 1rem; color: var(--text); background: var(--surface);
      border: 1px solid var(--line-strong); border-radius: 8px;
    }
    textarea { font-family: inherit; resize: vertical; min-height: 3.75rem; }
    .filters { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem 1rem; align-items: end; }
    .filters input, .filters select { font: inherit; font-size: .9375rem; min-height: 2.25rem; padding: .3rem .6rem; }
    .filters label { font-weight: 500; color: var(--muted); font-size: .8125rem; }
    .filters + .list, .filters + .panel { margin-top: 1rem; }
    .filter-buttons { display: flex; align-items: center; gap: 1rem; }
    .silence-form { margin-top: 1rem; } .silence-form .hint { margin: -.5rem 0 .75rem; }
    .rules form.inline { flex-wrap: nowrap; white-space: nowrap; } .bad { color: var(--bad-ink); } .caution { color: var(--warn-ink); }
    .redeliver { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-top: 1.1rem; }
    .redeliver .hint { flex: 1 1 20rem; }
    .login { display: grid; gap: 1rem; margin-top: 1.25rem; }
    .login label { margin: 0 0 -.7rem; }
    .small-print { margin-top: .75rem; }

    .columns { display: grid; gap: 1rem 1.5rem; }
    .call { min-width: 0; }
    .decide { min-width: 0; }
    .decide:not(.plain) {
      position: sticky; bottom: 0; z-index: 1; margin: 0 -1.25rem; padding: .75rem 1.25rem 1rem; background: var(--surface);
      border-top: 1px solid var(--line-strong); box-shadow: 0 -6px 20px rgb(0 0 0 / 10%);
    }
    .decide:not(.plain) textarea { min-height: 2.75rem; height: 2.75rem; }
    .decide:not(.plain) .small-print { display: none; }
    .decide-line { margin-top: .75rem; }
    .left-line { margin-bottom: .5rem; }
    .time-left { font-weight: 650; white-space: nowrap; font-variant-numeric: tabular-nums; }
    .time-left::before {
      content: ""; display: inline-block; width: .6rem; height: .6rem; border-radius: 50%; margin-right: .5rem;
      background: currentcolor;
    }
    .time-left.calm { color: var(--info-ink); }
    .time-left.soon, .time-left.over { color: var(--bad-ink); }
    @media (max-height: 30rem), (max-width: 40rem) { .decide:not(.plain) { position: static; } }
    @media (min-width: 56rem) {
      .columns { grid-template-columns: minmax(0, 1fr) 20rem; align-items: start; }
      .decide:not(.plain) {
        top: 1rem; bottom: auto; margin: 0; padding: 1.25rem; border: 1px solid var(--line); border-top: 4px solid var(--accent);
        border-radius: 10px;
        box-shadow: var(--shadow);
      }
      .decide:not(.plain) textarea { height: auto; min-height: 5rem; }
      .decide:not(.plain) .small-print { display: block; }
      .left-line { font-size: 1.125rem; margin-bottom: .9rem; }
    }

    .badge {
      display: inline-block; padding: .1rem .6rem; border-radius: 1rem; font-size: .8125rem; font-weight: 600; line-height: 1.5;
      white-space: nowrap;
      letter-spacing: 0; vertical-align: middle; background: var(--idle-ground); color: var(--idle-ink);
    }
    .badge.approved, .badge.succeeded, .badge.accepted { background: var(--good-ground); color: var(--good-ink); }
    .badge.denied, .badge.failed, .badge.timed_out { background: var(--bad-ground); color: var(--bad-ink); }
    .badge.pending, .badge.stale, .badge.interrupted { background: var(--warn-ground); color: var(--warn-ink); }
    .badge.running, .badge.queued { background: var(--info-ground); color: var(--info-ink); }
    .outcome { border-top: 4px solid var(--line-strong); }
    .outcome.approved, .outcome.succeeded, .outcome.accepted { border-top-color: var(--good); }
    .outcome.denied, .outcome.failed, .outcome.timed_out { border-top-color: var(--bad); }
    .outcome .eyebrow { color: var(--muted); }
    .outcome .fields { margin-top: 1.1rem; }
    .outcome h1 .badge { margin-left: .35rem; font-size: .875rem; }
    .outcome > p + p:not(.lead) { margin-top: .75rem; }

    .notice { border: 1px solid; border-radius: 8px; padding: .7rem 1rem; margin-bottom: 1rem; }
    .notice.good { background: var(--good-ground); color: var(--good-ink); }
    .notice.bad { background: var(--bad-ground); color: var(--bad-ink); }
    .notice.warn { background: var(--warn-ground); color: var(--warn-ink); }
    .notice.info { background: var(--info-ground); color: var(--info-ink); }
    .panel .notice { margin: 1rem 0 0; }

    """
