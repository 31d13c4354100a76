/// The style of a page: light, dark, narrow, and on paper.
enum PageStyle {
    static let css = """
        :root { color-scheme: light dark; --ink: #1b1d21; --paper: #ffffff; --muted: #59606d; --line: #d5d9e0;
          --first: #1661c9; --second: #b45309; --third: #7c3aed; --fourth: #0f766e; --bad: #c02626; --good: #18723a;
          --steal: #8f98a8; --fill: #7fb0ee; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e7e9ee; --paper: #14161a; --muted: #a2a9b6; --line: #353a44;
          --first: #6ea8fe; --second: #f0a04b; --third: #b794f6; --fourth: #4fd1c5; --bad: #ff7b72; --good: #56d38a;
          --steal: #7b8494; --fill: #2f5fa3; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 1360px; padding: 16px; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
        h1, h2 { margin: 0; font-size: 1.7em; line-height: 1.25; }
        h3 { margin: 24px 0 8px; font-size: 1.05em; }
        p { margin: 4px 0; }
        .run + .run { border-top: 1px solid var(--line); margin-top: 40px; padding-top: 24px; }
        .verdict { font-size: 2.4em; font-weight: 700; line-height: 1.2; }
        .pass { color: var(--good); } .fail { color: var(--bad); } .unjudged { color: var(--muted); }
        .note, footer { color: var(--muted); font-size: 0.9em; }
        footer { margin-top: 32px; }
        .facts, .figures { display: grid; gap: 8px 40px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 500px), 1fr)); }
        .figures { gap: 32px 40px; margin-top: 24px; }
        figure { margin: 0; min-width: 0; break-inside: avoid; }
        figcaption { font-weight: 600; }
        svg { display: block; width: 100%; height: auto; }
        table { width: 100%; border-collapse: collapse; font-size: 0.88em; font-variant-numeric: tabular-nums; }
        th, td { padding: 3px 8px 3px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: 400; }
        thead th { color: var(--muted); }
        .label, .title { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--muted); }
        .title { fill: var(--ink); }
        .axis { stroke: var(--muted); } .grid { stroke: var(--line); }
        path { fill: none; stroke-width: 1.4; stroke-linejoin: round; }
        path.first { stroke: var(--first); } path.second { stroke: var(--second); } path.third { stroke: var(--third); } path.fourth { stroke: var(--fourth); }
        rect.first { fill: var(--fill); } rect.steal, rect.untraceable { fill: var(--steal); }
        circle.late { fill: var(--bad); } circle.first { fill: var(--first); } circle.second { fill: var(--second); }
        circle.third { fill: var(--third); } circle.fourth { fill: var(--fourth); } line.range { stroke: var(--steal); stroke-width: 2; } line.step { stroke: var(--bad); stroke-dasharray: 4 3; } line.limit { stroke: var(--bad); }
        .legend { font-size: 0.85em; color: var(--muted); }
        .key { display: inline-block; width: 14px; height: 4px; margin: 0 5px 3px 8px; background: var(--muted); }
        .key.first { background: var(--first); } .key.second { background: var(--second); } .key.third { background: var(--third); }
        .key.fourth { background: var(--fourth); } .key.late, .key.step, .key.limit { background: var(--bad); } .key.steal, .key.untraceable { background: var(--steal); }
        @media (max-width: 640px) {
          body { padding: 12px; }
          .stacked thead { display: none; }
          .stacked tr { display: block; padding: 6px 0; border-bottom: 1px solid var(--line); }
          .stacked th, .stacked td { display: block; padding: 0; border: 0; }
          .stacked td:empty { display: none; }
          .stacked td::before { content: attr(data-label) " "; color: var(--muted); }
          .figures table, .facts table { font-size: 0.78em; }
          th, td { padding-right: 5px; }
        }
        @media print {
          :root { color-scheme: light; --ink: #000; --paper: #fff; --muted: #444; --line: #bbb; --first: #1661c9; --second: #b45309; --fill: #9cc2f2; }
          body { max-width: none; padding: 0; font-size: 11px; }
          .facts, .figures { grid-template-columns: 1fr 1fr; }
          tr { break-inside: avoid; }
        }
        """
}
