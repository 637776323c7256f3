// A customer in a few lines, as `/identify` answers it.

import { count, h } from "./dom.js";

/** Under whichever of the two spellings the service uses. */
export function primaryOf(customer) {
  return customer.primaryContactId ?? customer.primaryContatctId;
}

/** A customer's identifiers, as a card. */
export function card(customer, { most = 8, isLinked = true } = {}) {
  const id = primaryOf(customer);
  const title = id == null ? "A new customer" : `Customer ${id}`;
  const texts = [...customer.emails, ...customer.phoneNumbers];
  return h("article", { class: "card" },
    h("h3", {}, isLinked && id != null ? h("a", { href: `#/contacts/${id}` }, title) : title),
    h("p", { class: "small" }, count(1 + customer.secondaryContactIds.length, "contact")),
    h("ul", { class: "identifiers" }, texts.slice(0, most).map((text) => h("li", {}, text))),
    texts.length > most && h("p", { class: "small" }, `and ${texts.length - most} more`),
    texts.length === 0 && h("p", { class: "small" }, "Nothing that anybody has"));
}
