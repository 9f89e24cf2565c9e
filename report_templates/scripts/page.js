"use strict";
// What the page does beyond being read: one park at a time, sorting, filters, one indicator over all parks, titles on hover.
(() => {
  const root = document.documentElement;
  const said = document.getElementById("status");
  const data = document.getElementById("data") ? JSON.parse(document.getElementById("data").textContent) : null;
  const make = (name, text, properties) => Object.assign(document.createElement(name), { textContent: text || "" }, properties);
  const drawing = document.createRange().createContextualFragment("<svg></svg>").firstChild.namespaceURI;
  const tell = (text) => { said.textContent = text; };

  // ---- one park, or the overview ----
  const wanted = () => { try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; } };
  const show = () => {
    const target = document.getElementById(wanted());
    const park = target && target.closest(".park");
    for (const shown of document.querySelectorAll(".park.shown")) shown.classList.remove("shown");
    root.classList.toggle("one", Boolean(park));
    if (park) park.classList.add("shown");
    const details = target && target.closest("details");
    if (details) details.open = true;
    if (target) target.scrollIntoView();
    if (park && target === park) { scrollTo(0, 0); park.querySelector("h2").focus({ preventScroll: true }); }
  };
  if (!document.getElementById("overview")) root.classList.add("whole");
  addEventListener("hashchange", show);
  show();

  // ---- on paper nothing is folded ----
  const folded = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) { details.open = true; folded.push(details); }
  });
  addEventListener("afterprint", () => { for (const details of folded.splice(0)) details.open = false; });

  // ---- figures in cells: 1,234.5, ▲2, ▼1, 平, 3（并列） ----
  const figure = (text) => {
    const cleaned = text.replace(/,/g, "").replace(/^[≥≤＞＜＝]\s*/, "").trim();
    if (cleaned === "平") return 0;
    const signed = cleaned.replace(/^▲/, "").replace(/^▼/, "-");
    const value = parseFloat(signed);
    return /^[-+]?[\d.]/.test(signed) && !Number.isNaN(value) ? value : null;
  };
  const compare = (left, right) => {
    const a = figure(left), b = figure(right);
    if (a !== null && b !== null) return a - b;
    return left.localeCompare(right, "zh-CN");
  };
  const missing = (text) => text === "" || text === "—";

  // ---- sorting ----
  const sortable = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.dataset.sort === "no") return;
      const button = make("button", head.textContent, { type: "button", className: head.textContent.length < 5 ? "short" : "" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        // Scores and other figures are looked for from the top, places and names from the front.
        const first = column > 0 && head.classList.contains("n") ? "descending" : "ascending";
        const now = head.getAttribute("aria-sort");
        const order = now ? (now === "ascending" ? "descending" : "ascending") : first;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const body = table.tBodies[0], sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [row.cells[column].textContent.trim(), row]);
        rows.sort(([a], [b]) => Number(missing(a)) - Number(missing(b)) || (missing(a) ? 0 : sign * compare(a, b)));
        body.append(...rows.map(([, row]) => row));
        tell(`已按${button.textContent}${order === "ascending" ? "升" : "降"}序排列`);
      });
    });
  };
  for (const table of document.querySelectorAll("table.sortable")) sortable(table);

  // ---- text as a file for a spreadsheet ----
  const save = (table, name) => {
    const quoted = (text) => `"${text.replace(/^([=+\-@\t])(?![\d.])/, "'$1").replace(/"/g, '""')}"`;
    const shown = [...table.rows].filter((row) => !row.hidden);
    const lines = shown.map((row) => [...row.cells].map((cell) => quoted(cell.textContent.trim())).join(","));
    const link = make("a", "", { download: `${name}.csv`, href: URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n")], { type: "text/csv" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // ---- the rankings: group, grade, status, words ----
  const tools = document.getElementById("tools");
  const groups = [...document.querySelectorAll("#ranking .group")];
  const labelled = (text, field) => { const label = make("label", `${text} `); label.append(field); return label; };
  const choice = (options) => {
    const field = make("select");
    for (const option of options) field.append(make("option", option[1], { value: option[0] }));
    return field;
  };
  const rankings = () => {
    const column = (table, name) => [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.trim() === name);
    const filters = ["等次", "状态"].map((name) => {
      const table = groups[0].querySelector("table"), at = column(table, name);
      const found = [...new Set([...table.tBodies[0].rows].map((row) => row.cells[at].textContent.trim()))].sort();
      return { name, field: choice([["", "全部"], ...found.map((text) => [text, text])]) };
    });
    const words = make("input", "", { type: "search", placeholder: "名称中的字" });
    const buttons = groups.map((group, at) => {
      const button = make("button", group.dataset.name, { type: "button" });
      button.addEventListener("click", () => {
        groups.forEach((one, place) => one.classList.toggle("aside", place !== at));
        buttons.forEach((one, place) => one.setAttribute("aria-pressed", String(place === at)));
        apply();
      });
      return button;
    });
    const apply = () => {
      let count = 0;
      for (const group of groups) {
        const table = group.querySelector("table");
        for (const row of table.tBodies[0].rows) {
          const kept = filters.every(({ name, field }) => !field.value || row.cells[column(table, name)].textContent.trim() === field.value);
          row.hidden = !(kept && row.textContent.includes(words.value.trim()));
          if (!row.hidden && !group.classList.contains("aside")) count += 1;
        }
      }
      tell(`显示 ${count} 个园区`);
    };
    const export_ = make("button", "存为 CSV", { type: "button" });
    export_.addEventListener("click", () => {
      const group = groups.find((one) => !one.classList.contains("aside"));
      save(group.querySelector("table"), `${data.year}-${group.dataset.name}排名`);
    });
    if (groups.length > 1) tools.append(...buttons);
    tools.append(...filters.map(({ name, field }) => labelled(name, field)), labelled("筛选", words), export_);
    for (const field of [...filters.map((filter) => filter.field), words]) field.addEventListener("input", apply);
    if (groups.length > 1) buttons[0].click();
  };
  if (tools && groups.length) rankings();

  // ---- one indicator over all parks ----
  const explorer = document.getElementById("explorer");
  const written = (value, decimals) =>
    value === null ? "—" : value.toLocaleString("zh-CN", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const explore = () => {
    const field = choice(data.indicators.map((indicator, at) => [String(at), `${indicator.label}（${indicator.unit}）`]));
    const names = [...new Set(data.parks.map((park) => park.group))];
    const group = choice([["", "全部"], ...names.map((name) => [name, name])]);
    const place = make("div", "", { className: "wrap", tabIndex: 0 });
    const export_ = make("button", "存为 CSV", { type: "button" });
    const draw = () => {
      const at = Number(field.value), indicator = data.indicators[at];
      const parks = data.parks.filter((park) => !group.value || park.group === group.value);
      const most = Math.max(...parks.map((park) => Math.abs(park.values[at] ?? 0)), 1e-9);
      const table = make("table"), head = table.createTHead().insertRow();
      for (const [text, kind] of [["园区", ""], ["分组", ""], [`${indicator.label}（${indicator.unit}）`, "n"], ["得分", "n"], ["", ""]]) {
        const cell = make("th", text, { className: kind, scope: "col" });
        if (!text) cell.dataset.sort = "no";
        head.append(cell);
      }
      const body = table.createTBody();
      const order = (park) => park.values[at] ?? -Infinity;
      for (const park of [...parks].sort((a, b) => order(b) - order(a) || 0)) {
        const row = body.insertRow(), name = make("th", "", { scope: "row" });
        name.append(make("a", park.name, { href: park.href }));
        row.append(name, make("td", park.group, { className: "x" }), make("td", written(park.values[at], indicator.decimals), { className: "n" }), make("td", written(park.points[at], 2), { className: "n" }));
        const cell = make("td", "", { className: "chart" });
        const svg = document.createElementNS(drawing, "svg"), bar = document.createElementNS(drawing, "rect");
        svg.setAttribute("class", "whole"); svg.setAttribute("viewBox", "0 0 100 10"); svg.setAttribute("preserveAspectRatio", "none"); svg.setAttribute("aria-hidden", "true");
        bar.setAttribute("class", (park.values[at] ?? 0) < 0 ? "light" : "bar"); bar.setAttribute("y", "1"); bar.setAttribute("height", "8");
        bar.setAttribute("width", String(Math.round(1000 * Math.abs(park.values[at] ?? 0) / most) / 10));
        svg.append(bar); cell.append(svg); row.append(cell);
      }
      sortable(table);
      place.setAttribute("aria-label", `${indicator.label}：各园区`);
      place.replaceChildren(table);
      tell(`${indicator.label}：${parks.length} 个园区`);
    };
    export_.addEventListener("click", () => save(place.querySelector("table"), `${data.year}-${data.indicators[Number(field.value)].label}`));
    const line = make("p", "", { className: "tools" });
    line.append(labelled("指标", field));
    if (names.length > 1) line.append(labelled("分组", group));
    line.append(export_);
    explorer.append(line, place);
    for (const one of [field, group]) one.addEventListener("input", draw);
    draw();
  };
  if (explorer && data.indicators.length) explore();

  // ---- find a park by name or code ----
  const find = document.getElementById("find");
  if (find) {
    for (const park of data.parks) document.getElementById("parks").append(make("option", park.code, { value: park.name }));
    const go = () => {
      const word = find.value.trim();
      const park = word && (data.parks.find((one) => one.name === word || one.code === word) || null);
      if (park) { find.value = ""; location.href = park.href; }
      return park;
    };
    find.addEventListener("input", go);
    find.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const word = find.value.trim();
      const near = word && !go() && data.parks.find((one) => one.name.includes(word) || one.code.includes(word));
      if (near) { find.value = ""; location.href = near.href; } else if (word && find.value) tell("没有找到这个园区");
    });
  }

  // ---- titles at once on hover and touch ----
  const tip = document.getElementById("tip");
  const text = (element) => {
    const holder = element instanceof Element && element.closest("svg *, svg");
    if (!holder) return "";
    for (let at = holder; at && at.namespaceURI === drawing; at = at.parentNode) {
      if (at.dataset.tip) return at.dataset.tip;
      const title = [...at.children].find((child) => child.tagName === "title");
      // The browser's own, slow tip would come as well.
      if (title) { at.dataset.tip = title.textContent; if (at.getAttribute("role")) at.setAttribute("aria-label", title.textContent); title.remove(); return at.dataset.tip; }
    }
    return "";
  };
  const point = (event) => {
    const shown = text(event.target);
    tip.hidden = !shown;
    if (!shown) return;
    tip.textContent = shown;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 18}px`;
  };
  for (const kind of ["pointermove", "pointerdown"]) document.addEventListener(kind, point);
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
})();
