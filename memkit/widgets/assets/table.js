// A table that can be sorted, filtered, paged and copied. Everything in it is text.

const PAGE = 20; // rows
const FEW = 8; // rows up to which there is nothing to filter

function csv(rows) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(quoted).join(",")).join("\r\n");
}

function compare(a, b) {
  if (a === "" || b === "") return (a === "") - (b === "");
  return a - b || a.localeCompare(b);
}

function render({ model, el }) {
  root(el, "memkit-table");
  const head = make("div", { class: "memkit-row" });
  const place = make("div", { role: "region", tabindex: 0 });
  const foot = make("div", { class: "memkit-row" });
  const filter = make("input", { type: "search", input: () => { page = 0; draw(); } });
  const count = make("span", { "aria-live": "polite" });
  let page = 0, sorted = null, down = false;

  function wanted() {
    const word = filter.value.toLowerCase();
    const rows = model.get("rows").filter(({ cells }) => cells.some((cell) => cell.toLowerCase().includes(word)));
    if (sorted !== null) rows.sort((a, b) => compare(a.cells[sorted], b.cells[sorted]) * (down ? -1 : 1));
    return rows;
  }
  function heading(name, column) {
    const order = sorted === column ? (down ? "descending" : "ascending") : "none";
    const click = () => { down = sorted === column && !down; sorted = column; draw(); };
    const sign = { none: "", ascending: " ▲", descending: " ▼" }[order];
    return make("th", { scope: "col", "aria-sort": order }, make("button", { click }, name + sign));
  }
  function draw() {
    const focused = [...place.querySelectorAll("th button")].indexOf(document.activeElement);
    const columns = model.get("columns"), rows = wanted();
    const shown = rows.slice(page * PAGE, (page + 1) * PAGE);
    const body = shown.map(({ cells, colour }) => make("tr", colour ? { style: `--memkit-mark: ${colour}` } : {},
      ...cells.map((cell) => make("td", { dir: "auto", class: cell.length > 24 ? "memkit-long" : "" }, make("div", {}, cell)))));
    place.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...columns.map(heading))), make("tbody", {}, ...body)));
    place.querySelectorAll("th button")[focused]?.focus();
    const last = Math.ceil(rows.length / PAGE) - 1;
    count.textContent = `${rows.length ? page * PAGE + 1 : 0}–${page * PAGE + shown.length} of ${rows.length.toLocaleString()}`;
    const step = (text, by, stop) => {
      const button = make("button", { click: () => { page += by; draw(); } }, text);
      button.disabled = stop;
      return button;
    };
    foot.replaceChildren(...(last > 0 ? [step("Previous", -1, page === 0), count, step("Next", 1, page === last)] : []), model.get("note"));
  }
  follow(model, ["columns", "rows", "caption", "note"], () => {
    page = 0;
    if (sorted >= model.get("columns").length) sorted = null;
    const caption = model.get("caption"), rows = model.get("rows");
    place.setAttribute("aria-label", caption);
    place.hidden = !rows.length;
    filter.setAttribute("aria-label", `Filter: ${caption}`);
    filter.placeholder = "filter";
    const all = () => copy(csv([model.get("columns"), ...wanted().map(({ cells }) => cells)]));
    const tools = rows.length ? [make("button", { click: all, "aria-label": `Copy as CSV: ${caption}` }, "copy CSV")] : [];
    if (rows.length > FEW) tools.unshift(filter);
    else filter.value = "";
    head.replaceChildren(make("b", {}, caption), ...tools);
    draw();
  });
  el.append(head, place, foot);
}

export default { render };
