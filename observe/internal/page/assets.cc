// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the debug page loads besides itself.

#include <string_view>

#include "weft/observe/internal/page/write.h"

namespace weft::observe_internal {

std::string_view PageCss() noexcept {
  return R"css(:root {
  color-scheme: light dark;
  --ground: #f6f7f9;
  --card: #ffffff;
  --ink: #1d2430;
  --soft: #667085;
  --line: #e3e7ee;
  --mark: #2463c9;
  --tint: #eaf1fd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161d;
    --card: #1a2029;
    --ink: #e4e8ef;
    --soft: #939db0;
    --line: #2b3442;
    --mark: #6ea8fe;
    --tint: #22304a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 14px/1.45 system-ui, sans-serif;
}
header {
  position: sticky;
  top: 0;
  z-index: 1;
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 4px 24px;
  padding: 10px 20px;
  background: var(--card);
  border-bottom: 1px solid var(--line);
}
h1 { margin: 0; font-size: 18px; }
h2 { margin: 0 0 8px; font-size: 15px; }
nav { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; }
#controls:not([hidden]) { display: flex; flex-wrap: wrap; gap: 4px 16px; }
#state { color: var(--soft); }
a { color: var(--mark); }
input[type="number"] { width: 4em; }
main { display: grid; gap: 16px; padding: 16px 20px; }
section {
  min-width: 0;
  padding: 14px 16px;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 10px;
}
.note { margin: 4px 0; color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th {
  padding: 3px 10px;
  color: var(--soft);
  font-weight: 500;
  text-align: left;
  white-space: nowrap;
}
td {
  padding: 4px 10px;
  border-top: 1px solid var(--line);
  white-space: pre;
  font-variant-numeric: tabular-nums;
}
th:first-child, td:first-child { padding-left: 0; font-weight: 600; }
tbody tr:hover td { background: var(--tint); }
.n { text-align: right; }
.h small { display: block; color: var(--soft); }
.bars { display: block; border-bottom: 1px solid var(--line); }
.bars rect { fill: var(--mark); }
meter { width: 60px; }
.graph .box { fill: var(--tint); stroke: var(--mark); }
.graph text { fill: var(--ink); font-size: 12px; }
.graph .type { font-weight: 600; }
.graph .place, .graph .count { fill: var(--soft); font-size: 11px; }
.graph .count { text-anchor: middle; }
.graph .edge { fill: none; stroke: var(--mark); opacity: 0.6; }
.graph .head { fill: var(--mark); }
@media (max-width: 600px) {
  header, main { padding-left: 10px; padding-right: 10px; }
}
)css";
}

std::string_view PageScript() noexcept {
  return R"js("use strict";
const PERIOD = 1000; // ms
const byId = (id) => document.getElementById(id);

// Puts the page as it is now in the place of what is shown.
async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(`the answer is ${response.status}`);
  const parser = new DOMParser();
  const fresh = parser.parseFromString(await response.text(), "text/html");
  const scrolled = [...document.querySelectorAll("section")].flatMap((section) =>
    [...section.querySelectorAll(".scroll")].map((one, i) => [section.id, i, one.scrollLeft]));
  document.querySelector("main").replaceWith(fresh.querySelector("main"));
  for (const [id, i, left] of scrolled) {
    const one = byId(id)?.querySelectorAll(".scroll")[i];
    if (one) one.scrollLeft = left;
  }
}

async function keepFresh() {
  const isRead = !getSelection().isCollapsed; // somebody wants to copy it
  if (byId("live").checked && !document.hidden && !isRead) {
    try {
      await refresh();
      byId("state").textContent = `at ${new Date().toLocaleTimeString()}`;
    } catch (error) {
      byId("state").textContent = `no answer: ${error.message}`;
    }
  }
  setTimeout(keepFresh, PERIOD);
}

// What happens from now on, as a trace. The recorder records all the time, so it
// is enough to wait.
function record() {
  const button = byId("record");
  const seconds = Math.min(60, Math.max(1, Math.round(byId("seconds").valueAsNumber) || 5));
  let left = seconds;
  button.disabled = true;
  const tick = () => {
    if (left > 0) {
      button.textContent = `Recording: ${left--} s`;
      setTimeout(tick, 1000);
      return;
    }
    button.textContent = "Record";
    button.disabled = false;
    const link = document.createElement("a");
    link.href = `trace?seconds=${seconds}`;
    link.download = "trace.json";
    link.click();
  };
  tick();
}

byId("controls").hidden = false;
byId("record").addEventListener("click", record);
setTimeout(keepFresh, PERIOD);
)js";
}

}  // namespace weft::observe_internal
