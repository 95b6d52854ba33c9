"""The style sheet: light, dark, phone and print. Nothing in a report depends on it."""

from sigcheck.report.html.markup import Markup

STYLE = Markup("""
:root { --ink: #1a1d21; --dim: #5b6470; --page: #ffffff; --card: #f5f6f8; --edge: #d9dde3;
  --good: #11703a; --bad: #b3261e; --warn: #8a5300; --link: #1b5fc1;
  --good-card: #eaf6ef; --bad-card: #fdeeee; --warn-card: #fdf4e3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --dim: #a3abb6; --page: #14171b; --card: #1d2127;
  --edge: #363c45; --good: #5fd08c; --bad: #ff8a80; --warn: #f0b95a; --link: #8ab4f8;
  --good-card: #15271c; --bad-card: #2e1a1a; --warn-card: #2b2314; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; color: var(--ink); background: var(--page);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .2rem 0; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1.05rem; line-height: 1.35; margin: 1.2rem 0 .4rem; }
h4, h5 { font-size: 1rem; margin: 1rem 0 .3rem; }
p, ul, dl, table, figure { margin: .5rem 0; }
ul { padding-left: 1.2rem; }
ul.plain { list-style: none; padding-left: 0; margin-bottom: .8rem; }
li { margin: .2rem 0; }
a { color: var(--link); }
code, .called { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  font-size: .88em; }
.dim, figcaption { color: var(--dim); font-size: .9rem; }
figcaption { margin: .4rem 0; }
.warn { color: var(--warn); }
.verdict { border: 1px solid; border-left-width: .5rem; border-radius: .5rem; padding: .6rem 1rem; margin: 1rem 0; }
.verdict p { color: var(--ink); margin: .3rem 0; }
.verdict p.dim { color: var(--dim); }
.verdict .word { font-size: 1.7rem; line-height: 1.2; letter-spacing: .01em; }
.good { color: var(--good); background: var(--good-card); border-color: var(--good); }
.bad { color: var(--bad); background: var(--bad-card); border-color: var(--bad); }
.verdict.warn, p.note.warn { color: var(--warn); background: var(--warn-card); border-color: var(--warn); }
.verdict.good .word { color: var(--good); } .verdict.bad .word { color: var(--bad); }
.verdict.warn .word { color: var(--warn); }
p.note { border-radius: .5rem; padding: .5rem 1rem; border-left: .35rem solid; }
.first { border: 2px solid var(--ink); border-radius: .5rem; padding: .6rem 1rem; margin: 1rem 0; }
.first h2, .first h3 { font-size: .85rem; text-transform: uppercase; letter-spacing: .08em; margin: 0; }
.finding { background: var(--card); border: 1px solid var(--edge); border-left: .35rem solid var(--dim);
  border-radius: .5rem; padding: .6rem 1rem; margin: .8rem 0; }
.finding h3, .finding h4 { margin: 0 0 .3rem; }
.finding > :first-child { margin-top: 0; } .finding > :last-child { margin-bottom: 0; }
.finding.must { border-left-color: var(--bad); } .finding.should, .finding.open { border-left-color: var(--warn); }
.level { font-size: .8rem; letter-spacing: .04em; padding: .1rem .4rem; border-radius: .3rem; border: 1px solid; }
.level.must { color: var(--bad); } .level.should { color: var(--warn); } .level.note { color: var(--link); }
.fix { border-top: 1px solid var(--edge); padding-top: .4rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: .8rem; }
.panel { border: 1px solid var(--edge); border-radius: .5rem; padding: .6rem; margin: 0; min-width: 0; }
.sides { display: grid; grid-template-columns: minmax(0, 32rem) minmax(0, 1fr); gap: 0 2rem; align-items: start; }
.links { margin-top: 0; }
svg { display: block; max-width: 100%; }
details { border: 1px solid var(--edge); border-radius: .5rem; padding: .4rem .8rem; margin: .6rem 0; }
summary { cursor: pointer; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid var(--edge); }
td.n { white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .2rem 1rem; }
dt { color: var(--dim); } dd { margin: 0; min-width: 0; }
.target > h2 { font-size: 1.5rem; margin: 1.2rem 0 .2rem; }
.target { border-top: 4px solid var(--ink); margin-top: 3rem; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--edge); padding-top: .6rem; }
@media (max-width: 48rem) { .sides { display: block; } }
@media (max-width: 30rem) { body { padding: .8rem .75rem 2rem; } h1 { font-size: 1.25rem; }
  .verdict .word { font-size: 1.35rem; } dl { display: block; } dd { margin-bottom: .4rem; }
  table { font-size: .75rem; } }
@page { margin: 15mm; }
@media print { :root { --ink: #000; --dim: #444; --page: #fff; --card: #fff; --edge: #bbb; --good: #11703a;
    --bad: #b3261e; --warn: #8a5300; --link: #000; --good-card: #fff; --bad-card: #fff; --warn-card: #fff; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .finding, .verdict, .first, .panel, figure, tr, li { break-inside: avoid; }
  h2, h3, h4, summary, p:has(+ figure), ul:has(+ figure), p:has(+ ul.plain) { break-after: avoid; }
  a { color: inherit; text-decoration: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .target { break-before: page; } }
""")
