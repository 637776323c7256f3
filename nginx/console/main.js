// The frame: pages by their address, the key, and what is told about what was done. An address holds ids of contacts at most.

import { begin, forgetKey, session } from "./api.js";
import { card } from "./card.js";
import { correctionsPage } from "./corrections.js";
import { customerPage } from "./customer.js";
import { button, failure, h, show } from "./dom.js";
import { findPage } from "./find.js";
import { overviewPage } from "./overview.js";

const main = document.querySelector("#main");
const notice = document.querySelector("#notice");
const keyPlace = document.querySelector("#key");

function page() {
  const [, name, id] = location.hash.split("/");
  if (name === "contacts" && /^[0-9]+$/.test(id)) return customerPage(id);
  if (name === "overview") return overviewPage();
  if (name === "corrections") return correctionsPage();
  return findPage();
}

async function reload() {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === (location.hash || "#/")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!session) return;
  await show(main, page);
  document.title = `${main.querySelector("h1")?.textContent ?? "identityd"} – identityd`;
}

/** What was done stays in sight until the next page. */
function notify(text, customers) {
  notice.replaceChildren(h("div", { class: "done" },
    h("p", {}, h("strong", {}, text)),
    h("div", { class: "sides" }, customers.slice(0, 6).map((customer) => card(customer, { most: 4 }))),
    button("Close", () => notice.replaceChildren())));
  // Where the keyboard goes on: the dialog is gone.
  notice.querySelector("button").focus();
}

function showKey() {
  keyPlace.replaceChildren(...(session?.name == null ? [] : [
    h("span", { class: "small" }, "Key ", h("strong", {}, session.name)),
    button("Forget it", () => {
      forgetKey();
      showKey();
      askForKey("The key is forgotten.");
    }),
  ]));
}

function askForKey(reason) {
  const input = h("input", { id: "secret", type: "password", autocomplete: "off", required: true, "aria-describedby": "secret-help" });
  const status = h("div", {}, reason && h("p", { class: "note", role: "alert" }, reason));
  for (const open of document.querySelectorAll("dialog")) open.close();
  notice.replaceChildren();
  main.replaceChildren(h("h1", {}, "Your key"),
    h("form", { class: "find", onsubmit: (event) => {
      event.preventDefault();
      status.replaceChildren();
      enter(input.value.trim(), status);
    } },
    status,
    h("label", { for: "secret" }, "API key"),
    h("div", { class: "row" }, input, h("button", { class: "main" }, "Use it")),
    h("p", { class: "small", id: "secret-help" },
      "This service asks for a key. Paste yours: it stays in this tab, and is forgotten with it.")));
  document.title = "Your key – identityd";
  input.focus();
}

async function enter(key, status) {
  try {
    await begin(key);
  } catch (error) {
    if (error.status !== 401) (status ?? main).replaceChildren(failure(error, () => enter(key, status)));
    return;
  }
  showKey();
  await reload();
}

window.addEventListener("keyneeded", ({ detail }) => {
  showKey();
  askForKey(detail.hadKey ? "The service does not know this key, or not any more. Paste another." : null);
});
window.addEventListener("done", ({ detail }) => {
  notify(detail.text, detail.customers);
  reload();
});
window.addEventListener("hashchange", async () => {
  notice.replaceChildren();
  await reload();
  main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
enter();
