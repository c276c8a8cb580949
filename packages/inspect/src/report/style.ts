/** What the report and the live page look like, in light and dark, on wide and narrow screens. */
export const style = `
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --ink: #16202e; --muted: #5b6778; --line: #dfe4ea;
  --c1: #2563eb; --c2: #c2570c; --c3: #0f8a5f; --c4: #8b3fd1; --faint: #a9c1f5; --ok: #0f7a52; --bad: #c02626; --right: #0f8a5f; --wrong: #d9480f }
@media (prefers-color-scheme: dark) { :root { --bg: #10151c; --card: #18202a; --ink: #e5eaf1; --muted: #97a4b5; --line: #2c3745;
  --c1: #6ea8fe; --c2: #fb9a4b; --c3: #45c998; --c4: #c493f5; --faint: #3d5784; --ok: #4fd1a1; --bad: #ff8585; --right: #2fae80; --wrong: #e8703a } }
* { box-sizing: border-box }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; -webkit-text-size-adjust: 100% }
main { max-width: 1240px; margin: 0 auto; padding: 24px 20px 48px }
header { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; margin-bottom: 18px }
h1 { font-size: 26px; line-height: 1.2; margin: 0; overflow-wrap: anywhere } h2 { font-size: 19px; margin: 36px 0 4px } h3 { font-size: 14px; margin: 0; overflow-wrap: anywhere }
p { margin: 4px 0 12px; max-width: 80ch; overflow-wrap: anywhere } .note, .muted, dt { color: var(--muted) } .note { font-size: 13.5px }
.badge { border-radius: 99px; padding: 1px 10px; font-size: 13px; font-weight: 600; border: 1px solid currentColor; color: var(--ok) } .badge.failed { color: var(--bad) } .badge.other { color: var(--c2) }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(122px, 1fr)); gap: 10px; margin: 0 }
.tiles .card { padding: 9px 13px 8px } dt { font-size: 12.5px; overflow-wrap: anywhere } dd { margin: 0; font-size: 21px; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -.01em }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 14px }
figure { margin: 0 } .charts figure { padding: 11px 12px 6px } .charts figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px }
.charts svg { display: block; width: 100%; height: auto; margin-top: 6px }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0 12px; margin: 0; padding: 0; font-size: 12.5px; color: var(--muted) } .legend i { display: inline-block; width: 12px; height: 3px; border-radius: 2px; margin-right: 5px; vertical-align: 3px } .legend b { color: var(--ink); font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; max-width: 100%; width: fit-content }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums } caption { text-align: left; color: var(--muted); padding: 8px 12px 2px; font-size: 12.5px }
th, td { padding: 5px 12px; text-align: left; white-space: nowrap; font-weight: 400 } thead th { color: var(--muted); font-size: 12.5px } tbody tr { border-top: 1px solid var(--line) } .n { text-align: right }
tbody th { font-weight: 600 } tbody th .muted { font-weight: 400 } td.why { white-space: normal; min-width: 220px; color: var(--muted) }
.side { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start } .side > * { min-width: 0 }
.matrix td, .matrix th { padding: 0 4px; height: 32px; min-width: 34px; text-align: center; font-size: 12.5px } .matrix tbody th { text-align: right; padding: 0 10px } .matrix tbody tr { border: 0 }
.matrix td.right { background: color-mix(in srgb, var(--right) var(--p), transparent) } .matrix td.wrong { background: color-mix(in srgb, var(--wrong) var(--p), transparent) } .matrix td.strong { color: #fff } .zero { opacity: .3 }
@media (prefers-color-scheme: dark) { .matrix td.strong { color: #0b1118 } }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); gap: 10px } .picture { padding: 8px; font-size: 12.5px; line-height: 1.4; overflow-wrap: anywhere } .picture img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; border-radius: 5px; margin-bottom: 5px; background: var(--bg) }
.ok { color: var(--ok) } .bad { color: var(--bad); font-weight: 600 }
.modes td { min-width: 128px } .modes td.n { min-width: 0 } .bar { display: inline-block; width: 72px; height: 8px; border-radius: 4px; margin-right: 8px; background: linear-gradient(90deg, var(--c1) var(--w), var(--line) var(--w)) } .mark { background: var(--c2); color: var(--card); border-radius: 4px; padding: 0 5px; font-size: 11.5px; font-weight: 600 }
.environment th { vertical-align: top; color: var(--muted); font-weight: 400 } .environment td { white-space: normal; overflow-wrap: anywhere }
.area { height: 214px; margin-top: 4px } progress { display: block; width: 100%; height: 8px; margin: -6px 0 16px; appearance: none; border: 0; border-radius: 4px; background: var(--line); overflow: hidden; color: var(--c1) } progress[hidden] { display: none }
progress::-webkit-progress-bar { background: var(--line) } progress::-webkit-progress-value { background: var(--c1); border-radius: 4px } progress::-moz-progress-bar { background: var(--c1) }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; white-space: pre-wrap; overflow-wrap: anywhere }
.paper { background: #fff; border: 1px solid var(--line); border-radius: 10px; overflow-x: auto; max-width: 100% } .paper svg { display: block; width: 100%; min-width: 720px; max-width: 1100px; height: auto }
.courses { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 540px), 1fr)); gap: 12px } .courses.narrow { grid-template-columns: repeat(auto-fill, minmax(min(100%, 290px), 1fr)) } .course { padding: 9px 12px 8px } .course figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px; font-size: 13px; margin-bottom: 4px } .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; font-size: 12px } .pair > * { min-width: 0 }
.bands { display: block; width: 100%; height: auto } .bands text { fill: var(--muted); font: 10px system-ui, sans-serif; font-variant-numeric: tabular-nums } .marks { display: flex; flex-wrap: wrap; gap: 6px; align-items: baseline } .mark.bad { background: var(--bad) } .none { height: 60px }
.findings { display: grid; gap: 12px } .finding { padding: 11px 14px; border-left: 4px solid var(--bad) } .finding.hint { border-left-color: var(--c2) } .finding h3 { font-size: 15px } .finding h3 .muted { font-weight: 400; font-size: 12.5px } .finding p { margin: 4px 0 0 } .evidence { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 4px 0 0; padding: 0; font-size: 13px; color: var(--muted) } .evidence b { color: var(--ink); font-variant-numeric: tabular-nums }
.striking { margin: 4px 0 12px; padding-left: 20px; max-width: 90ch; overflow-wrap: anywhere } details { margin-top: 10px } summary { cursor: pointer; color: var(--muted); font-size: 13.5px } pre.table { white-space: pre; overflow-x: auto; overflow-wrap: normal; font-size: 12px }
@media (max-width: 480px) { .pair { grid-template-columns: 1fr; gap: 6px } tbody th .muted { display: block } .modes td { min-width: 112px } td.why { min-width: 300px } .matrix td, .matrix th { min-width: 28px; padding: 0 2px } .matrix tbody th { padding: 0 6px } .bar { width: 48px } main { padding: 16px 16px 32px } h1 { font-size: 22px } .tiles { grid-template-columns: 1fr 1fr; gap: 8px } dd { font-size: 18px } .pictures { grid-template-columns: repeat(3, 1fr); gap: 8px } .picture { padding: 6px; font-size: 11.5px } }
@media print { body { background: #fff } .card, .scroll, tr { break-inside: avoid } }
`;
