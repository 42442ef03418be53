// A conversation: who talks in which session, what was said, and a field to say more.
// The draft lives here and nowhere else, so nothing that happens in the kernel can delete it.

const NEW = "new...";

/** A menu whose last entry opens a field for a new name. */
function chooser(model, label, chosen, known) {
  const menu = make("select", { "aria-label": label, change: changed, focus: ask, pointerdown: ask });
  const field = make("input", {
    "aria-label": `New ${label.toLowerCase()}`, placeholder: "a name, then Enter", hidden: "", keydown: (event) => {
      if (event.key === "Enter" && !event.isComposing) model.send({ choose: chosen, name: field.value });
    },
  });
  function ask() { model.send({ offer: true }); }
  let asking = false; // a field that is open stays open until its name, or another user, is chosen
  function changed() {
    asking = menu.value === NEW;
    field.hidden = !asking;
    if (field.hidden) model.send({ choose: chosen, name: menu.value });
    else field.focus();
  }
  if (chosen !== "user_id") model.on("change:user_id", () => { asking = false; });
  follow(model, [chosen, known], () => {
    const name = model.get(chosen);
    asking &&= name !== field.value;
    const options = model.get(known).map(([value, text]) => make("option", { value }, text));
    menu.replaceChildren(...options, make("option", { value: NEW }, NEW));
    field.hidden = Boolean(name) && !asking;
    menu.value = asking || !name ? NEW : name;
    if (field.hidden) field.value = "";
  });
  return make("label", {}, `${label} `, menu, field);
}

function bubble({ role, text, html, at }) {
  const body = make("div", { class: "memkit-text", dir: "auto" });
  if (html) body.innerHTML = html; // made of Markdown, and cleaned, by the kernel
  else body.textContent = text;
  const time = at && new Date(at);
  const foot = make("div", { class: "memkit-foot" });
  if (time) foot.append(make("time", { datetime: at, title: time.toLocaleString() },
    time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })));
  if (text) foot.append(make("button", { "aria-label": `Copy: ${text.slice(0, 40)}`, click: () => copy(text) }, "copy"));
  return make("div", { class: `memkit-bubble memkit-${role}` },
    make("span", { class: "memkit-who" }, role), body, foot);
}

function render({ model, el }) {
  root(el, "memkit-conversation");
  const log = make("div", { class: "memkit-log", role: "log", "aria-label": "Conversation", tabindex: 0 });
  const field = make("textarea", { "aria-label": "Message", rows: 1, placeholder: "Say something, then Enter", title: "Enter sends, Shift+Enter starts a new line" });
  const send = make("button", { class: "memkit-primary", click: say }, "Send");
  const stop = make("button", { click: () => model.send({ stop: true }) }, "Stop");
  const error = make("div", { class: "memkit-error", role: "alert", hidden: "" });
  let sent = null; // what has left this page and is not stored yet

  function say() {
    if (send.disabled || sent !== null) return;
    sent = field.value;
    field.value = "";
    grow();
    model.send({ say: sent });
    field.focus();
  }
  function grow() {
    field.rows = Math.min(8, field.value.split("\n").length);
  }
  function draw() {
    const said = model.get("messages").map(bubble);
    if (model.get("pending")) {
      const reply = model.get("reply");
      said.push(bubble({ role: "user", text: model.get("pending") }));
      said.push(reply ? bubble({ role: "assistant", html: reply }) : make("div",
        { class: "memkit-bubble memkit-assistant memkit-thinking", "aria-label": "thinking" },
        make("i"), make("i"), make("i")));
    }
    log.replaceChildren(...said);
    log.scrollTop = log.scrollHeight;
  }
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    say();
  });
  model.on("msg:custom", ({ refused, accepted }) => {
    if (refused && sent) field.value = field.value ? `${sent}\n${field.value}` : sent;
    if (refused || accepted) sent = null;
    grow();
  });
  follow(model, ["messages", "pending", "reply"], draw);
  follow(model, ["colour"], () => el.style.setProperty("--memkit-user", model.get("colour")));
  follow(model, ["busy"], () => { send.disabled = model.get("busy"); stop.disabled = !send.disabled; });
  follow(model, ["error"], () => { error.hidden = !model.get("error"); error.textContent = `✗ ${model.get("error")}`; });
  const choosers = make("div", { class: "memkit-row" }, chooser(model, "User", "user_id", "users"), chooser(model, "Session", "session_id", "sessions"));
  el.append(choosers, log, make("div", { class: "memkit-row" }, field, send, stop), error);
}

export default { render };
