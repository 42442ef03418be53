// What the panels in the browser share. Text goes in as text: nothing that was typed can run.

/** An element with attributes, or with handlers (functions), and children: elements or text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** The panel's own root: keys that are typed in it are no shortcuts of JupyterLab. */
function root(el, name) {
  el.classList.add(name);
  el.setAttribute("data-lm-suppress-shortcuts", "true");
  el.addEventListener("keydown", (event) => event.stopPropagation());
  return el;
}

/** Call `draw` now, and again whenever one of these traits has changed. */
function follow(model, traits, draw) {
  model.on(traits.map((trait) => `change:${trait}`).join(" "), draw);
  draw();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page without https has no clipboard
    const field = document.body.appendChild(make("textarea", { "aria-hidden": "true" }));
    field.value = text;
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
