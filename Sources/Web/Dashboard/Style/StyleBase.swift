/// Colours, type and the frame of a page. Text and controls keep a contrast of 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3).
let styleBase = """
    :root {
      color-scheme: light dark;
      --ground: #f4f6f8; --surface: #ffffff; --sunken: #f0f3f6; --line: #d8dee6; --line-strong: #788595;
      --text: #16202c; --muted: #526071; --accent: #0b6b78; --accent-text: #ffffff; --focus: #0b6b78;
      --good: #14713f; --good-text: #ffffff; --good-ground: #e2f4e9; --good-ink: #0f5c33;
      --bad: #b3261e; --bad-text: #ffffff; --bad-ground: #fce8e6; --bad-ink: #96190f;
      --warn-ground: #fff2d6; --warn-ink: #754a00; --info-ground: #e2f1f5; --info-ink: #0a5563; --idle-ground: #e9edf1;
      --idle-ink: #465364;
      --shadow: 0 1px 2px rgb(22 32 44 / 6%), 0 2px 8px rgb(22 32 44 / 4%);
      --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #0d1319; --surface: #151d25; --sunken: #0f161d; --line: #2a3541; --line-strong: #667585;
        --text: #e4eaf0; --muted: #9dabba; --accent: #5fc9d6; --accent-text: #05191c; --focus: #7fdbe6;
        --good: #3fbf7a; --good-text: #04160c; --good-ground: #12321f; --good-ink: #7fe0a8;
        --bad: #ff8579; --bad-text: #2a0603; --bad-ground: #3b1917; --bad-ink: #ffb0a8;
        --warn-ground: #38290c; --warn-ink: #f4cb7a; --info-ground: #10303a; --info-ink: #9adfe9; --idle-ground: #232d38;
        --idle-ink: #b4c0cd;
        --shadow: none;
      }
    }
    *, *::before, *::after { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
    body {
      margin: 0; background: var(--ground); color: var(--text); line-height: 1.5; overflow-wrap: anywhere;
      font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
    }
    h1, h2, h3, p, dl, dd, ol, ul, pre, table { margin: 0; }
    h1 { font-size: 1.625rem; line-height: 1.25; letter-spacing: -.015em; }
    h2 { font-size: 1.0625rem; line-height: 1.35; }
    h3 { font-size: 1rem; line-height: 1.4; }
    code, pre, textarea { font-family: var(--mono); font-size: .875rem; font-variant-ligatures: none; }
    pre { white-space: pre-wrap; tab-size: 4; }
    a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
    a:hover { text-decoration-thickness: 2px; }
    :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
    .muted, .hint { color: var(--muted); }
    .hint { font-size: .875rem; font-weight: 400; }
    .relative { color: var(--muted); white-space: nowrap; }
    .visually-hidden {
      position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
    }
    .skip { position: absolute; left: 1rem; top: -4rem; z-index: 2; padding: .5rem 1rem; background: var(--surface); border-radius: 6px; }
    .skip:focus { top: .5rem; }

    .bar { background: var(--surface); border-bottom: 1px solid var(--line); }
    .bar-inner {
      display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; min-height: 3.5rem; padding: .5rem 1.25rem;
      margin: 0 auto;
    }
    .brand {
      display: inline-flex; align-items: center; gap: .6rem; color: var(--text); font-weight: 650; text-decoration: none;
      letter-spacing: -.01em;
    }
    .brand img { width: 1.75rem; height: 1.75rem; display: block; }
    nav[aria-label="Main"] { display: flex; flex-wrap: wrap; gap: .25rem; }
    nav[aria-label="Main"] a {
      padding: .4rem .75rem; border-radius: 6px; color: var(--muted); text-decoration: none; font-weight: 550;
      white-space: nowrap;
    }
    nav[aria-label="Main"] a:hover { background: var(--sunken); color: var(--text); }
    nav[aria-label="Main"] a[aria-current] { background: var(--info-ground); color: var(--info-ink); }
    .account { display: flex; align-items: center; gap: .75rem; margin-left: auto; }
    .account .who {
      color: var(--muted); font-size: .875rem; max-width: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
    }
    main { margin: 0 auto; padding: 1.75rem 1.25rem 4rem; }
    .wide { max-width: 74rem; } .narrow { max-width: 46rem; } .slim { max-width: 27rem; }
    main.slim { padding-top: 12vh; }
    .heading { margin-bottom: 1.25rem; }
    .eyebrow { color: var(--accent); font-size: .8125rem; font-weight: 650; letter-spacing: .04em; text-transform: uppercase; }
    .lead { color: var(--muted); margin-top: .25rem; }
    .lead strong { color: var(--text); font-weight: 600; }
    .title-line {
      display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: .25rem 1rem;
      margin-bottom: 1.25rem;
    }
    main > section + section { margin-top: 2.25rem; }
    main > section > h2 { margin-bottom: .75rem; }
    .count {
      display: inline-block; min-width: 1.5rem; padding: 0 .45rem; border-radius: 1rem; background: var(--warn-ground);
      color: var(--warn-ink); font-size: .8125rem; text-align: center;
    }
    .footnote { margin-top: 1rem; text-align: center; }
    .pager { display: flex; gap: 1.5rem; margin-top: 1rem; }

    """
