/// What a call consists of: words, values, bodies, tables.
let styleContent = """
    .field-name { font-size: .875rem; font-weight: 600; margin: .9rem 0 .35rem; }
    h2 + .field-name, h3 + .field-name { margin-top: 0; }
    .command { padding: .7rem .9rem; background: var(--sunken); border: 1px solid var(--line); border-radius: 8px; font-size: .9375rem; }
    .words { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem; }
    .words li { min-width: 0; max-width: 100%; }
    .words code, .empty-word {
      display: block; padding: .2rem .55rem; border: 1px solid var(--line-strong); border-radius: 6px; white-space: pre-wrap;
      background: var(--surface);
    }
    .argv li:first-child code { background: var(--info-ground); color: var(--info-ink); border-color: currentcolor; font-weight: 600; }
    .empty-word { border-style: dashed; color: var(--muted); font-size: .875rem; font-style: italic; }
    .unseen {
      background: var(--bad-ground); color: var(--bad-ink); border-radius: 3px; padding: 0 .15em; font-family: var(--mono);
      font-size: .92em; font-weight: 600;
    }
    .cut {
      color: var(--warn-ink); background: var(--warn-ground); border-radius: 4px; padding: .05rem .4rem;
      font: 600 .8125rem/1.5 system-ui, sans-serif; margin-left: .3rem;
    }
    .cut::before { content: "« "; } .cut::after { content: " »"; }
    .cut-note { margin-top: .5rem; } .cut-note .cut { margin: 0; }
    .block {
      max-height: 26rem; overflow: auto; padding: .8rem .95rem; background: var(--sunken); border: 1px solid var(--line);
      border-radius: 8px; line-height: 1.45;
    }
    .block { scrollbar-color: var(--line-strong) var(--line); overflow-wrap: break-word; }
    .block.dump { white-space: pre; font-size: .8125rem; overflow-wrap: normal; }
    .muted + .block { margin-top: .5rem; }
    bdo { unicode-bidi: isolate-override; }

    .fields { display: grid; gap: .55rem 1.25rem; }
    .fields > div { display: grid; gap: 0 1.25rem; }
    .fields dt, .summary-pairs dt { color: var(--muted); font-size: .875rem; }
    .fields dd { min-width: 0; }
    .fields .hash { display: block; color: var(--muted); font-size: .8125rem; }
    .fields .hash code, code.hash { font-size: .8125rem; color: var(--muted); }
    .fields .name { margin-right: .35rem; }
    .reason { white-space: pre-wrap; border-left: 3px solid var(--line-strong); padding-left: .75rem; }
    @media (min-width: 36rem) { .fields > div { grid-template-columns: 10.5rem minmax(0, 1fr); align-items: baseline; } }
    .summary-pairs { display: grid; gap: .2rem; margin-top: .7rem; }
    .summary-pairs > div { display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: baseline; }
    .summary-pairs dt { font-family: var(--mono); }
    .summary-pairs dd { min-width: 0; }
    .summary-pairs .summary-note dt { font-family: inherit; }
    .summary-pairs .summary-note dd { font-size: .875rem; }
    details { margin-top: .9rem; }
    summary { cursor: pointer; color: var(--accent); font-weight: 550; font-size: .9375rem; padding: .25rem 0; }
    details[open] summary { margin-bottom: .5rem; }

    table { width: 100%; border-collapse: collapse; text-align: left; }
    caption { text-align: left; }
    .pairs caption { margin-bottom: .5rem; }
    th, td { padding: .55rem .75rem; vertical-align: top; }
    .pairs th, .pairs td { padding-left: 0; border-top: 1px solid var(--line); }
    .pairs tbody th { font: 600 .875rem/1.6 var(--mono); width: 10.5rem; }
    .pairs.header-fields tbody th { width: 21rem; }
    .pairs td code { white-space: pre-wrap; }
    thead th { color: var(--muted); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
    .list {
      background: var(--surface); border: 1px solid var(--line); border-radius: 10px; border-collapse: separate;
      border-spacing: 0; box-shadow: var(--shadow);
    }
    .list th, .list td { padding: .65rem 1rem; }
    .list tbody th, .list tbody td { border-top: 1px solid var(--line); }
    .list tbody th { font-weight: 600; }
    @media (min-width: 48rem) {
      .list:not(.schedules) td { min-width: 6.5rem; }
      .schedules, .schedules .hint, .schedules button, .schedules a.button { font-size: .875rem; }
      .list.schedules th, .list.schedules td { padding: .65rem .6rem; }
      .schedules .button-row, .schedules form.inline { flex-wrap: nowrap; white-space: nowrap; }
      .schedules button.quiet, .schedules a.button { padding: .25rem .6rem; }
    }
    .whole { display: inline-block; max-width: 22rem; overflow-wrap: break-word; }
    .list time { white-space: nowrap; } .list .relative { display: block; }
    .list a .badge { text-decoration: underline; text-underline-offset: .15em; }
    @media (max-width: 47.99rem) {
      .list, .list tbody, .list tr, .list th, .list td { display: block; }
      .list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      .list tr { padding: .75rem 1rem; }
      .list tr + tr { border-top: 1px solid var(--line); }
      .list tbody th, .list tbody td {
        border: 0; padding: .15rem 0; display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .75rem;
        justify-items: start;
      }
      .list tbody td::before { content: attr(data-label); color: var(--muted); font-size: .875rem; }
      .list tbody th { display: block; font-size: 1.0625rem; margin-bottom: .15rem; }
      .pairs thead { display: none; }
      .pairs tr { display: block; border-top: 1px solid var(--line); padding: .4rem 0; }
      .pairs tbody th, .pairs tbody td { display: block; border: 0; padding: 0; width: auto; }
    }
    @media (max-width: 40rem) {
      .bar-inner { gap: .25rem .75rem; padding: .5rem 1rem; }
      nav[aria-label="Main"] { order: 1; width: 100%; }
    }
    @media (max-width: 30rem) {
      nav[aria-label="Main"] { gap: 0; } nav[aria-label="Main"] a { padding: .4rem .5rem; }
      .account { gap: .5rem; } .account .who { display: none; }
      a.brand .brand-name { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      main { padding: 1.25rem 1rem 3rem; } .panel { padding: 1rem; }
      .decide:not(.plain) { margin: 0 -1rem; padding: .75rem 1rem 1rem; }
    }
    @media (forced-colors: active) { .badge, .unseen, .cut, .count, button { border: 1px solid; } }
    @media print { .decide, .account { display: none; } .block { max-height: none; } }
    """
