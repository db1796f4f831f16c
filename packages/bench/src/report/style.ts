/**
 * The page's look. System fonts, one colour for each arm (Okabe and Ito's, darkened where they are text, lightened for the dark theme),
 * figures in columns that align. Every text has a contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3), which a test measures in a browser.
 */
const light =
  "--ink:#1a1e23;--soft:#535b65;--paper:#fcfcfa;--card:#f3f3ef;--line:#d6d6cf;--sse:#0067a3;--ws:#b34700;--floor:#6b7177;--cold:#3a86b7;--further-1:#8a3f8f;--further-2:#4d6b1f;--further-3:#7a5b00;--further-4:#00685e;--fault:#b0124a;--good:#17713f;--note:#fff4d6";
const dark =
  "--ink:#e9e7e2;--soft:#a9afb6;--paper:#131619;--card:#1c2024;--line:#363c43;--sse:#5fb6ea;--ws:#ff9d57;--floor:#9ca2a8;--cold:#8fc7e8;--further-1:#d79adb;--further-2:#b3d07a;--further-3:#e3c15c;--further-4:#63d2c3;--fault:#ff7aa5;--good:#5bcb90;--note:#33290d";

/** For a picture in a file of its own. */
export const themes = { light, dark };

export const style = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:break-word}
header,main,footer{max-width:78rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.4rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.4rem .8rem;border:2px solid currentColor}
:focus-visible{outline:2px solid var(--sse);outline-offset:2px}
h1{font-size:clamp(1.7rem,2.75vw,2.05rem);line-height:1.12;letter-spacing:-.022em;margin:0 0 .4rem;text-wrap:balance}
h2{font-size:1.5rem;line-height:1.2;letter-spacing:-.012em;margin:3.4rem 0 .5rem;text-wrap:balance}
h3{font-size:1.06rem;margin:2.2rem 0 .3rem}
h4{font-size:.95rem;margin:1.4rem 0 .3rem}
p{margin:.5rem 0;max-width:46rem}
.lede{font-size:1.05rem;color:var(--soft);margin-top:0;max-width:60rem}
header+main>section:first-child h2{margin-top:1.1rem;font-size:1.15rem;letter-spacing:0}header+main>section:nth-of-type(2) h2{margin-top:1.6rem;font-size:1.15rem;letter-spacing:0}.key{color:var(--soft);font-size:.88rem;margin:0}#answer+.key{max-width:none}
.money table{width:auto;min-width:min(100%,34rem)}.money p{font-size:.88rem;color:var(--soft);margin:.3rem 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13.2rem),1fr));gap:1rem;margin:.8rem 0}
.card{background:var(--card);border-top:4px solid var(--soft);border-radius:2px 2px 8px 8px;padding:.7rem .9rem .75rem;min-width:0}
.card.sse{border-color:var(--sse)}.card.ws{border-color:var(--ws)}.card.undecided,.card.missing{border-top-style:dashed}
.card h3{margin:0;font-size:1rem}
.card p{margin:.3rem 0;font-size:.86rem;line-height:1.4}
.card .does,.card .where{color:var(--soft)}.card .where{font-size:.82rem}
.card .pick{font-size:1.55rem;font-weight:700;letter-spacing:-.02em;line-height:1.2;margin:.45rem 0 .1rem}
.card.sse .pick{color:var(--sse)}.card.ws .pick{color:var(--ws)}
.card details{font-size:.86rem;margin-top:.4rem;border-top:1px solid var(--line);padding-top:.35rem}.card summary,.raw summary{cursor:pointer;color:var(--soft)}
.card ul{list-style:none;margin:.2rem 0 .5rem;padding:0;font-size:.82rem;line-height:1.4}
.card li{padding:.25rem 0;border-top:1px solid var(--line)}
.card .reason{font-size:.82rem}.whole{white-space:nowrap}
.grid{font-size:.68rem;table-layout:fixed;border-spacing:2px;border-collapse:separate;margin:.5rem -2px 0;width:calc(100% + 4px);line-height:1.25}
.grid caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.grid th,.grid td{border:0;padding:.16rem .1rem;overflow-wrap:normal;text-align:center;min-width:0;white-space:normal;border-radius:3px}
.grid thead th:not(.text){min-width:0;font-weight:500;color:var(--soft);vertical-align:bottom}
.grid tbody th{min-width:0;text-align:left;font-weight:400;white-space:nowrap;color:var(--soft)}.grid th:first-child{padding-left:2px;text-align:left;width:32%}
.grid td.sse{background:var(--sse);color:var(--paper)}.grid td.ws{background:var(--ws);color:var(--paper)}
.grid td.either{box-shadow:inset 0 0 0 1.5px var(--floor)}.grid td.undecided{outline:1.5px dashed var(--floor);outline-offset:-1.5px}.grid td.missing{color:var(--soft)}
.map-legend{list-style:none;padding:0;margin:.4rem 0;display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;font-size:.88rem}
.map-legend li::before{content:"";display:inline-block;width:1.5rem;height:.85rem;margin-right:.5rem;vertical-align:-.1rem;border-radius:3px;border:1px solid var(--floor)}
.map-legend .sse::before{border:2px solid var(--sse);background:color-mix(in srgb,var(--sse) 26%,transparent)}.map-legend .websocket::before{border:2px solid var(--ws);background:color-mix(in srgb,var(--ws) 26%,transparent)}
.map-legend .undecided::before{border-style:dashed}.map-legend .neither::before{background:color-mix(in srgb,var(--floor) 7%,transparent)}
.ratio{font-variant-numeric:tabular-nums;font-weight:600;white-space:nowrap}
.said{border-left:4px solid var(--line);padding:.1rem 0 .1rem 1.1rem;margin:1.6rem 0}
.notice{background:var(--note);border-radius:6px;padding:.6rem .9rem}
.method,.caption,.rest{color:var(--soft);font-size:.92rem}
.scroll{overflow-x:auto;margin:.9rem 0;-webkit-overflow-scrolling:touch}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;color:var(--soft);font-size:.88rem;padding-bottom:.3rem}
th,td{text-align:right;padding:.4rem .7rem;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
thead th,thead td{font-weight:600;border-bottom:2px solid var(--line)}
th:first-child,td:first-child{padding-left:0;text-align:left}
th.text,td.text{text-align:left}
td.text,tbody th{white-space:normal}
td.text{min-width:10.5rem}
tbody th{min-width:8.5rem;font-weight:500}
thead th:not(.text){white-space:normal;min-width:4.6rem;max-width:11rem;text-wrap:balance}
.claims{margin:.8rem 0;padding:0;counter-reset:claim;list-style:none;font-size:.92rem}
.claims li{counter-increment:claim;position:relative;display:grid;gap:.15rem 1.4rem;padding:.55rem 0 .6rem 2rem;border-top:1px solid var(--line)}
.claims li::before{content:counter(claim);position:absolute;left:0;top:.6rem;font-weight:600;font-variant-numeric:tabular-nums}
.claims p{margin:0}.claims .quote a{white-space:nowrap}.claims .quote p+p{margin-top:.3rem}
.claims .claim .reason{display:block}
.claims .claim{font-weight:600}.claims .claim .reason{font-weight:400}.claims .so .chip{margin-right:.3rem}
@media (min-width:56rem){.claims li{grid-template-columns:minmax(0,4fr) minmax(0,7fr) minmax(0,5fr)}}
td .caption,td .reason,td .chip{font-size:.92em}
thead th,thead td{vertical-align:bottom}
caption span{display:inline-block;max-width:min(60rem,calc(100vw - 2.5rem))}
.chip{text-wrap:nowrap}
.reason{color:var(--soft);font-size:.82rem}
.none{color:var(--soft)}
.sse{color:var(--sse)}.ws{color:var(--ws)}.good{color:var(--good)}.bad{color:var(--fault)}
.card.sse,.card.ws{color:var(--ink)}
.chip{display:inline-block;border:1.5px solid currentColor;border-radius:999px;padding:.02rem .6rem;font-size:.82rem;font-weight:600}
.chip.confirmed{color:var(--good)}.chip.refuted{color:var(--fault)}.chip.not-measured-here,.chip.not-enough-measured,.chip.no-difference,.chip.undecided{color:var(--soft)}
.figures{display:grid;grid-template-columns:minmax(0,1fr);gap:1.4rem 2rem;margin:.8rem 0}
@media (min-width:44rem){.figures{grid-template-columns:repeat(2,minmax(0,1fr))}}
figure{margin:0;min-width:0;max-width:36rem}
figure svg{display:block;width:100%;height:auto}
figcaption{color:var(--soft);font-size:.85rem;margin-top:.2rem}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.88rem;margin:.6rem 0;padding:0;list-style:none}
.legend li::before{content:"";display:inline-block;width:1.5rem;height:0;border-top:3px var(--d) var(--c);vertical-align:middle;margin-right:.45rem}
.raw{font-size:.85rem;margin:.4rem 0}
.raw summary{width:max-content}
.raw ul{margin:.2rem 0;padding-left:1.1rem}
.raw code{overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:.1rem 1rem;font-size:.88rem;margin:0 0 .5rem}
nav a{color:var(--soft)}
@media (min-width:56rem){header{display:grid;grid-template-columns:minmax(0,1fr) auto}header>*{grid-column:1/-1}header>:last-child{margin-bottom:0}h1{grid-row:1}header>.lede{grid-column:1;grid-row:2}nav{grid-column:2;grid-row:2;padding-top:.15rem}header>.notice{max-width:none;padding-block:.35rem}}
summary{cursor:pointer}
.scenario{border-top:1px solid var(--line)}
.scenario:last-of-type{border-bottom:1px solid var(--line)}
.scenario>details>summary{display:grid;grid-template-columns:1.1rem minmax(0,1fr);gap:.1rem .3rem;align-items:baseline;padding:.6rem 0;list-style:none}
.scenario>details>summary::-webkit-details-marker{display:none}
.scenario>details>summary::before{content:"+";color:var(--soft);font-weight:700;grid-row:1/span 3}
.scenario>details[open]>summary::before{content:"−"}
.scenario>details>summary:hover{background:var(--card)}
.scenario summary>h3{font-size:1rem;margin:0}
.asks{color:var(--soft);font-size:.88rem;line-height:1.4;grid-column:2}
.scenario summary>.chip{justify-self:start;grid-column:2}
@media (min-width:56rem){.scenario>details>summary{grid-template-columns:1.1rem minmax(0,17rem) minmax(0,1fr) auto}.scenario>details>summary::before{grid-row:auto}.asks,.scenario summary>.chip{grid-column:auto}}
.question{padding:0 0 1.2rem 1.4rem;scroll-margin-top:5.5rem}
@media (max-width:56rem){.question{scroll-margin-top:9.5rem}}
@media (max-width:44rem){.question{padding-left:0}
.rows{position:relative;overflow:hidden}.rows thead{position:absolute;width:1px;height:1px;overflow:hidden;display:block;clip-path:inset(50%)}.rows tbody tr{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));padding:.45rem 0;border-bottom:1px solid var(--line)}
.rows table,.rows tbody,.rows caption{display:block}.rows tbody th,.rows tbody td{border:0;padding:.05rem 0;text-align:left;white-space:normal}.rows tbody th,.rows td:last-child{grid-column:1/-1}
.rows td:nth-child(2)::before{content:"SSE ";color:var(--sse)}.rows td:nth-child(3)::before{content:"WebSocket ";color:var(--ws)}.rows td:nth-child(4)::before{content:"÷ ";color:var(--soft)}}
.more{margin:.35rem 0}.more>summary{width:fit-content;max-width:100%}.more>summary>h3,.more>summary>h4{display:inline;font-size:.95rem;font-weight:500;margin:0}
.more[open]>summary>h3,.more[open]>summary>h4{font-weight:600}
.inside{border-left:2px solid var(--line);padding:.1rem 0 .4rem 1rem;margin:.3rem 0 .8rem .25rem}
.inside h4{margin-top:.9rem}
.not-run{border-top:1px solid var(--line)}.not-run>summary{padding:.6rem 0;color:var(--soft)}.not-run h3{font-size:1rem;margin:.6rem 0 .1rem}.not-run p{font-size:.9rem;color:var(--soft);margin:0 0 .6rem}
a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:.2em}
code{font-size:.92em}
footer{margin-top:4rem;padding-top:1rem;padding-bottom:3rem;color:var(--soft);font-size:.88rem}
@page{margin:14mm}
@media print{:root{color-scheme:light;${light};--paper:#fff}html{font-size:9.5pt}body{font-size:1rem}header,main,footer{max-width:none;padding-left:0;padding-right:0}header{padding-top:0}nav,.skip{display:none}.scroll{overflow:visible}table{font-size:.72rem}th,td{padding:.2rem .25rem;white-space:normal}td.text,tbody th{min-width:0}h2,h3,h4,.legend,caption{break-after:avoid}figure,tr,.card,.claims li{break-inside:avoid}.claims li{grid-template-columns:3fr 5fr 4fr}.figures{grid-template-columns:1fr 1fr}.cards{grid-template-columns:1fr 1fr}.grid td.sse,.grid td.ws{background:none;box-shadow:inset 0 0 0 1.5px currentColor}.grid td.sse{color:var(--sse)}.grid td.ws{color:var(--ws)}.question,.inside{border:0;margin:0;padding:0}.scenario>details>summary{display:block}.scenario>details>summary::before{content:none}details:not(.raw)::details-content{display:block;content-visibility:visible;height:auto}}
`;
