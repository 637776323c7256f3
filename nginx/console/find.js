// Finding a customer. What is typed goes by POST, never into an address.

import { can, get, post } from "./api.js";
import { card, primaryOf } from "./card.js";
import { button, failure, h, show } from "./dom.js";

export function findPage() {
  const results = h("div", { "aria-live": "polite" });
  const input = h("input", {
    id: "query", name: "query", type: "search", autocomplete: "off", spellcheck: "false", autocapitalize: "off",
    "aria-describedby": "query-help",
  });
  const form = h("form", { class: "find", role: "search", onsubmit: (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) show(results, () => find(text));
  } },
  h("label", { for: "query" }, "E-mail, phone or contact id"),
  h("div", { class: "row" }, input, h("button", { class: "main" }, "Find")),
  h("p", { class: "small", id: "query-help" }, "Write # before a contact id, such as #17."));
  if (can("identify") && can("read")) offerTrial(results);
  return [h("h1", {}, "Find a customer"), form, results];
}

async function find(text) {
  const id = text.match(/^#\s*([0-9]+)$/)?.[1];
  if (id) {
    await get(`/contacts/${id}?limit=1`);
    location.hash = `#/contacts/${id}`;
    return [];
  }
  const { contacts } = await post("/lookup", text.includes("@") ? { email: text } : { phoneNumber: text });
  if (contacts.length > 0) {
    location.hash = `#/contacts/${primaryOf(contacts[0])}`;
    return [];
  }
  return h("p", { class: "empty" }, "Nobody has this ", text.includes("@") ? "e-mail" : "phone", ".");
}

// A first look, where there is nobody yet

const ORDERS = [
  ["Emmett orders.", { email: "emmett@hillvalley.edu", phoneNumber: "555-0101" }],
  ["Jennifer orders.", { email: "jennifer@hillvalley.edu", phoneNumber: "555-0102" }],
  ["Emmett orders again, with Jennifer's phone by mistake.", { email: "emmett@hillvalley.edu", phoneNumber: "555-0102" }],
];

let isTried = false;

/** The first report may take longer than a request: then it is there a little later. */
async function hasNobody() {
  for (let tries = 0; tries < 10; tries++) {
    try {
      return (await get("/report")).totals.customers === 0;
    } catch (problem) {
      if (problem.status !== 503) break;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  return false;
}

async function offerTrial(place) {
  if (isTried) return;
  if (!await hasNobody() || place.childElementCount) return;
  const seen = h("div", { class: "sides" });
  const status = h("div", {});
  const says = h("p", {}, "Nobody is here yet. Three example orders show what the service does: ",
    "two customers merge by a typo, and you part them again.");
  let number = 0;
  const send = async () => {
    const [text, body] = ORDERS[number];
    act.disabled = true;
    status.replaceChildren();
    const { contact } = await post("/identify", body);
    act.disabled = false;
    number += 1;
    isTried = true;
    says.textContent = text;
    if (number < ORDERS.length) {
      seen.append(card(contact));
      act.textContent = "Send the next order";
      return;
    }
    says.textContent = `${text} Now the two are one customer. Open it, choose the line that is wrong, and part them.`;
    seen.replaceChildren(card(contact));
    act.replaceWith(h("a", { class: "button main", href: `#/contacts/${primaryOf(contact)}` }, "Open the customer"));
  };
  const act = button("Send the first order", () => send().catch((error) => {
    status.replaceChildren(failure(error));
    act.disabled = false;
  }), { class: "main" });
  place.append(h("section", { class: "panel trial", "aria-label": "Example" }, says, seen, status, h("p", { class: "row" }, act)));
}
