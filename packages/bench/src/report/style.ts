/** The page's look. System fonts, one colour for each arm (Okabe and Ito's, lightened for the dark theme), figures in columns that align. */
export const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fdfdfc;--card:#f4f4f1;--line:#d9d9d4;--sse:#0072b2;--ws:#d55e00;--floor:#7a7f85;--cold:#56a3cf;--fault:#b0124a;--good:#1a7f4b}
@media (prefers-color-scheme:dark){:root{--ink:#e8e6e1;--soft:#a3a8ae;--paper:#14171a;--card:#1d2125;--line:#353b41;--sse:#5ab4ea;--ws:#ff9a52;--floor:#9aa0a6;--cold:#8fc7e8;--fault:#ff6f9c;--good:#57c98d}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:76rem;margin:0 auto;padding:2.5rem 1.25rem 5rem}
h1{font-size:clamp(1.7rem,4.5vw,2.6rem);line-height:1.12;letter-spacing:-.02em;margin:0 0 .5rem;text-wrap:balance}
h2{font-size:1.45rem;line-height:1.2;letter-spacing:-.01em;margin:3.5rem 0 .4rem}
h3{font-size:1.02rem;margin:2rem 0 .3rem}
p{margin:.5rem 0;max-width:46rem}
.question{font-size:1.08rem;color:var(--soft);margin-top:0}
.answer{background:var(--card);border-left:4px solid var(--ink);padding:1rem 1.2rem;border-radius:0 6px 6px 0;margin:1.4rem 0}
.answer p:first-child{font-size:1.15rem;font-weight:600;margin-top:0}
.verdict{font-weight:600}
.method,.caption,.rest{color:var(--soft);font-size:.92rem}
.scroll{overflow-x:auto;margin:.8rem 0;-webkit-overflow-scrolling:touch}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;color:var(--soft);font-size:.88rem;padding-bottom:.3rem}
th,td{text-align:right;padding:.38rem .7rem;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
th{font-weight:600;border-bottom:2px solid var(--line)}
th:first-child,td:first-child,th.text,td.text{text-align:left}
td.text,tbody th{white-space:normal}
td.text{min-width:11rem}
tbody th{min-width:9rem}
tbody th{font-weight:500;border-bottom:1px solid var(--line)}
.none,.reason{color:var(--soft)}
.reason{font-size:.82rem}
.sse{color:var(--sse)}.ws{color:var(--ws)}.good{color:var(--good)}.bad{color:var(--fault)}
.chip{display:inline-block;border:1.5px solid currentColor;border-radius:999px;padding:.02rem .6rem;font-size:.82rem;font-weight:600;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.2rem;margin:.8rem 0}
figure{margin:0;min-width:0}
figure svg{display:block;width:100%;height:auto;max-width:44rem}
figcaption{color:var(--soft);font-size:.85rem;margin-top:.2rem}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.88rem;margin:.6rem 0}
.legend span::before{content:"";display:inline-block;width:1.4rem;height:0;border-top:3px solid var(--c);vertical-align:middle;margin-right:.4rem}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;font-size:.92rem;margin:1.4rem 0}
a{color:inherit;text-decoration-color:var(--line);text-underline-offset:.2em}
code{font-size:.9em}
footer{margin-top:4rem;color:var(--soft);font-size:.88rem;border-top:1px solid var(--line);padding-top:1rem}
@media print{body{font-size:11pt}main{max-width:none;padding:0}.scroll{overflow:visible}h2{break-after:avoid}figure,table{break-inside:avoid}nav{display:none}}
`;
