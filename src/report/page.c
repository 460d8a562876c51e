/* How every page begins, and text that is safe in it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "report/report_parts.h"

static const char STYLE[] =
    "<style>:root{color-scheme:light dark;--ink:#1c2330;--soft:#5d6778;--line:#dde2ea;--card:#fff;"
    "--page:#f5f6f8;--data:#2a6fb0}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#343b47;--card:#1b2028;"
    "--page:#12161c;--data:#4a90d2}}"
    "*{box-sizing:border-box}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1180px;"
    "margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .6rem}"
    "p{color:var(--soft);margin:.2rem 0 1.2rem}.answer{color:var(--ink);font-size:1.05rem}"
    ".cards{display:flex;flex-wrap:wrap;gap:.8rem}"
    ".cards div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem 1rem;"
    "min-width:7.5rem}"
    ".cards b{display:block;font-size:1.25rem}.cards span,small{color:var(--soft);font-size:.8rem}"
    ".charts,.samples{display:grid;gap:.8rem;align-items:start}"
    ".charts{grid-template-columns:repeat(auto-fill,minmax(min(420px,100%),1fr))}"
    ".samples{grid-template-columns:repeat(auto-fill,minmax(min(340px,100%),1fr))}"
    "figure{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:0;padding:.8rem;"
    "min-width:0}"
    "figcaption{font-weight:600}figure p{color:var(--ink);margin:.2rem 0 .5rem}"
    "blockquote{margin:.4rem 0;padding-left:.7rem;border-left:3px solid var(--line)}"
    "svg{width:100%}svg text{font-size:11px;fill:var(--soft)}.grid{stroke:var(--line)}"
    ".axis{stroke:var(--ink)}"
    ".legend span{margin-right:1rem;font-size:.85rem}"
    ".legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.35rem;"
    "vertical-align:-1px}"
    "img{image-rendering:pixelated;border-radius:4px;display:block;max-width:100%}"
    ".pair{display:flex;gap:.5rem}.pair img{min-width:0;flex:0 1 170px}"
    ".gradient img{width:85.7%;height:14px;margin-left:11.4%;border-radius:0}"
    ".fields td{padding:.3rem}.fields th{font-weight:600;padding-right:.6rem}"
    ".counts{border-collapse:collapse}.counts:not(.bars){display:block;overflow-x:auto}"
    ".counts td,.counts th{padding:.15rem .45rem;text-align:right;font-size:.85rem;vertical-align:top;"
    "border-bottom:1px solid var(--line);overflow-wrap:normal}"
    ".counts .name,.counts .said,.row td{overflow-wrap:anywhere;min-width:4rem}"
    ".row .depends{width:4rem;min-width:3rem}.depends svg{display:block;height:.8rem}"
    ".tokens{overflow-wrap:anywhere;white-space:pre-wrap}.tokens span{border-radius:3px}"
    ".counts .name{text-align:left}.row th{font-weight:400;color:var(--soft)}"
    ".bars{width:100%}.bars th{font-weight:400;min-width:5.5rem;max-width:11rem}"
    ".bars .track{width:50%;min-width:4rem;padding:.15rem 0}"
    ".bars svg{display:block;height:1.2rem}.bars td{white-space:nowrap}.bars small{display:block}"
    ".wide{display:block;overflow-x:auto}.wide td{white-space:nowrap}"
    ".wide .track{width:9rem;min-width:9rem}"
    ".strip td{width:1rem;height:1rem;padding:0}"
    "pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem;overflow:auto}"
    ".diagram svg{color:var(--ink);max-width:760px}"
    ".bar{fill:var(--soft);opacity:.45}.best{fill:var(--data);opacity:.8}.seed{fill:var(--ink)}"
    "@media(max-width:520px){svg text{font-size:15px}}"
    "@media print{body{background:none;margin:0;max-width:none}figure,tr{break-inside:avoid}"
    "h2{break-after:avoid}*{print-color-adjust:exact}}"
    "</style>";

rc_status rc__html_text(rc_string *out, const char *text)
{
    for (; *text; text++) {
        const char *safe = *text == '<'   ? "&lt;"
                           : *text == '>' ? "&gt;"
                           : *text == '&' ? "&amp;"
                           : *text == '"' ? "&quot;"
                                          : NULL;
        RC_TRY(safe ? rc_string_add(out, safe, strlen(safe)) : rc_string_add(out, text, 1));
    }
    return RC_OK;
}

const char *rc__figure(double value, char text[RC__FIGURE])
{
    bool thousands = fabs(value) >= 9999.5 && fabs(value) < 1e6;
    if (fabs(value) >= 999999.5 && fabs(value) < 1e9)
        rc_ascii_print(text, RC__FIGURE, "%.4gM", value / 1e6);
    else
        rc_ascii_print(text, RC__FIGURE, thousands ? "%.0f" : "%.4g", value + 0.0); /* no -0 */
    return text;
}

rc_status rc__number_cell(rc_string *out, double value)
{
    char text[RC__FIGURE];
    return rc_string_printf(out, "<td>%s</td>", isfinite(value) ? rc__figure(value, text) : "-");
}

rc_status rc__page_notes(rc_string *out, const rc_json *result)
{
    const rc_json *list = rc_json_get(result, "notes");
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const char *line = rc_json_as_string(rc_json_at(list, i));
        RC_TRY(rc_string_printf(out, "<p>Note: "));
        RC_TRY(rc__html_text(out, line ? line : ""));
        RC_TRY(rc_string_printf(out, "</p>\n"));
    }
    return RC_OK;
}

rc_status rc__page_open(rc_string *out, const char *title)
{
    RC_TRY(rc_string_printf(out, "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
                                 "content=\"width=device-width\"><title>"));
    RC_TRY(rc__html_text(out, title));
    return rc_string_printf(out, "</title>%s<body>\n", STYLE);
}
