// Elements. Text from the service becomes text nodes, and nothing else: there is no innerHTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `on…` are listeners, `true` and `false` set or leave an attribute, and what is null is left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

export function button(label, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes }, label);
}

/** A table with a caption. Cells are texts or nodes; `numbers` are the columns whose cells stand to the right. */
export function table(caption, columns, rows, numbers = []) {
  const of = (tag, cells) => cells.map((cell, index) =>
    h(tag, { scope: tag === "th" && "col", class: numbers.includes(index) && "number" }, cell));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, of("th", columns))),
      h("tbody", {}, rows.map((row) => h("tr", {}, of("td", row))))));
}

const moments = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const numbers = new Intl.NumberFormat("en-GB");

export function moment(text) {
  return h("time", { datetime: text, title: text }, moments.format(new Date(text)));
}

export function count(number, noun) {
  return `${numbers.format(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function figure(number) {
  return numbers.format(number);
}

/** What is shown while `work` is under way, and then what it returns, or the error that it ends with. */
export async function show(place, work) {
  place.replaceChildren(h("p", { class: "loading", role: "status" }, "Loading…"));
  place.setAttribute("aria-busy", "true");
  try {
    place.replaceChildren(...[await work()].flat());
  } catch (error) {
    // 401 has the page ask for a key.
    if (error.status !== 401) place.replaceChildren(failure(error, () => show(place, work)));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** An error as the text that it is. */
export function failure(error, again) {
  return h("div", { class: "failure", role: "alert" },
    h("p", {}, error.message),
    error.requestId && h("p", { class: "small" }, `Request ${error.requestId}`),
    again && !(error.status > 0 && error.status < 429) && h("p", {}, button("Try again", again)));
}

/** A dialog, which is gone once it is closed. */
export function dialog(title) {
  const content = h("div", {});
  const element = h("dialog", { "aria-label": title, onclose: () => element.remove() }, h("h2", {}, title), content);
  document.body.append(element);
  element.showModal();
  return { element, content, close: () => element.close() };
}

/** Says what was done, and which customers came of it: the page is shown anew. */
export function done(text, customers) {
  window.dispatchEvent(new CustomEvent("done", { detail: { text, customers } }));
}
