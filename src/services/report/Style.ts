/** The style sheet of a report: light or dark like the reader's system, for any width from a phone's up. */
export const css = `
:root{color-scheme:light dark;--ink:#1f2933;--soft:#5f6b7a;--paper:#f5f7fa;--card:#fff;--line:#e4e7eb;--right:#0072b2;--wrong:#d55e00}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa7b8;--paper:#11161d;--card:#1a212b;--line:#2d3745;--right:#4ba3dc;--wrong:#f08a45}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1180px;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:0 0 .9rem}
.lead{margin:0 0 1.5rem;color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.25rem;margin:0 0 1.25rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem;margin:0 0 1.25rem}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.9rem 1.25rem}
.figures b{display:block;font-size:1.6rem;line-height:1.3;font-variant-numeric:tabular-nums}
.figures span,caption,figcaption small{color:var(--soft);font-size:.85rem}
.notice{border-left:4px solid var(--wrong);overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.5rem;margin:0}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1rem}
.curves.single{max-width:34rem}
.curves svg{display:block;width:100%;height:auto}
.curves svg>rect:first-child{fill:none}
.curves text{fill:var(--ink)}
.curves path[stroke="#e4e7eb"]{stroke:var(--line)}
.curves path[stroke="#1f2933"],.curves path[stroke="#54555a"]{stroke:var(--soft)}
.curves path[stroke="#0072b2"]{stroke:var(--right)}
.curves path[stroke="#d55e00"]{stroke:var(--wrong)}
.curves path[fill="#0072b2"]{fill:var(--right)}
.curves path[fill="#d55e00"]{fill:var(--wrong)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:0 0 .6rem}
th,td{padding:.35rem .7rem;text-align:right;white-space:nowrap}
th{font-weight:600}
.epochs{width:100%}
.epochs thead th,.list thead th{border-bottom:2px solid var(--line);color:var(--soft)}
.epochs td,.list td{border-bottom:1px solid var(--line)}
.list th,.list td{text-align:left}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1.25rem}
.confusion th[scope=row]{position:sticky;left:0;background:var(--card);z-index:1}
.confusion th.class{vertical-align:bottom;padding:.35rem .2rem}
.confusion th.class span{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left}
.confusion tbody td{min-width:3.2rem;text-align:center;border:1px solid var(--card)}
.confusion td.right{background:color-mix(in srgb,var(--right) var(--p),transparent)}
.confusion td.wrong{background:color-mix(in srgb,var(--wrong) var(--p),transparent)}
.confusion td.strong{color:#fff}
.confusion td.accuracy{text-align:right}
@media (prefers-color-scheme:dark){.confusion td.strong{color:#0b0f14}}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:1rem}
figure{margin:0}
.mistakes img{display:block;width:100%;height:auto;aspect-ratio:1;object-fit:contain;image-rendering:pixelated;border-radius:8px;background:var(--line)}
figcaption{font-size:.85rem;line-height:1.35;margin-top:.4rem;overflow-wrap:anywhere}
figcaption .said{color:var(--wrong);font-weight:600}
@media (max-width:40rem){main{padding:1.25rem .75rem 3rem}section{padding:1rem}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin:0 0 .6rem}}
@media print{body{background:#fff}section,.figures div{break-inside:avoid}}
`
