// A box for SQL: colours for keywords, names, strings and numbers; Ctrl+Enter runs it.

const TOKEN = /(--[^\n]*)|('(?:[^']|'')*'?)|("[^"]*"?)|(\b\d+(?:\.\d+)?\b)|(\b[a-z_]\w*\b)/gi;
const WORDS = new Set(("all and any as asc between by case cast count cross day desc distinct else end except exists false filter first from full group having if " +
  "ilike in inner intersect interval is join last lateral left like limit max min not null nulls offset on or order outer over partition qualify " +
  "recursive right select sum then true union unnest using values when where with avg coalesce").split(" "));

function coloured(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [whole, comment, string, quoted, number, word] = found;
    const kind = comment ? "comment" : string ? "string" : quoted ? "name" : number ? "number"
      : WORDS.has(word.toLowerCase()) ? "keyword" : "name";
    parts.push(text.slice(end, found.index), make("span", { class: `memkit-sql-${kind}` }, whole));
    end = found.index + whole.length;
  }
  return [...parts, text.slice(end), "\n"];
}

function render({ model, el }) {
  root(el, "memkit-sql");
  const field = make("textarea", { "aria-label": "SQL", rows: 5, spellcheck: "false", placeholder: "SELECT ..." });
  const colours = make("pre", { "aria-hidden": "true" });
  const run = () => model.send({ run: field.value });
  function draw() {
    colours.replaceChildren(...coloured(field.value));
    colours.scrollTop = field.scrollTop;
    colours.scrollLeft = field.scrollLeft;
  }
  field.addEventListener("input", () => { draw(); model.set("value", field.value); model.save_changes(); });
  field.addEventListener("scroll", draw);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  follow(model, ["value"], () => {
    if (field.value !== model.get("value")) field.value = model.get("value");
    draw();
  });
  const button = make("button", { class: "memkit-primary", click: run }, "Run the query");
  el.append(make("div", { class: "memkit-code" }, colours, field), make("div", { class: "memkit-row" }, button, "or press Ctrl+Enter"));
}

export default { render };
