// One customer: who it is, what ties it, how it came to be, and what can be corrected.

import { all, can, get } from "./api.js";
import { primaryOf } from "./card.js";
import { correct } from "./correct.js";
import { correctionRow } from "./corrections.js";
import { button, count, h, moment, table } from "./dom.js";
import { graphOf, timeline } from "./evidence.js";
import { graphView } from "./graph.js";

/** Its history, with all pages of the evidence. */
async function load(id) {
  let history;
  const evidence = await all(async (after) => {
    const page = await get(`/contacts/${id}?after=${after}&limit=1000`);
    history ??= page;
    return page.evidence;
  });
  return { ...history, evidence };
}

export async function customerPage(id) {
  const history = await load(id);
  const graph = graphOf(history);
  const primary = primaryOf(history.contact);
  const inspector = h("section", { class: "panel inspector", "aria-label": "Chosen" });
  const view = graphView(graph, (choice) => inspect(choice));
  const context = { history, graph, mark: view.mark };

  function inspect({ node, edge }) {
    view.mark([]);
    inspector.replaceChildren(...(node ? nodeDetails(node, context, view.choose) : edgeDetails(edge, context, view.choose)));
  }
  inspector.append(h("h2", {}, "Choose"), h("p", { class: "small" },
    "an identifier or a line between two to see where it comes from",
    can("correct") ? ", and to correct it." : "."));

  const bridges = graph.edges.filter((edge) => edge.parts).sort((one, other) => other.parts[0] - one.parts[0]);
  return [
    h("h1", {}, `Customer ${primary}`),
    String(primary) !== id && h("p", { class: "note" }, `Contact ${id} belongs to customer ${primary} now.`),
    bridges.length > 0 && h("div", { class: "note warn" }, h("p", {}, bridges.length === 1
      ? "One piece of evidence alone holds two larger parts together. It may be a typo."
      : `${bridges.length} pieces of evidence each hold two larger parts together. They may be typos.`),
    h("p", { class: "row" }, bridges.slice(0, 5).map((edge) =>
      button(`Evidence ${edge.id}: ${edge.parts[0]} and ${edge.parts[1]} contacts`, () => view.choose({ edge }), { class: "link" })))),
    h("section", { class: "facts", "aria-label": "Identifiers" },
      list("E-mails", "email", history.contact.emails, graph, view.choose),
      list("Phones", "phone", history.contact.phoneNumbers, graph, view.choose)),
    h("div", { class: "split" },
      h("section", { class: "panel", "aria-label": "Graph" }, view.element), inspector),
    evidenceTable(graph, view.choose),
    contactTable(context),
    h("section", { class: "panel" }, h("h2", {}, "Timeline"), timelineList(history, graph)),
    h("section", { class: "panel" }, h("h2", {}, "Corrections"), history.corrections.length
      ? h("ul", { class: "plain" }, [...history.corrections].reverse().map((correction) => correctionRow(correction)))
      : h("p", { class: "small" }, "Nothing of this customer was corrected.")),
  ].filter(Boolean);
}

function list(title, kind, texts, graph, choose) {
  const most = 12;
  const items = texts.map((text) => h("li", {}, button(text, () => {
    choose({ node: graph.nodes.find((node) => node.key === `${kind} ${text}`) });
  }, { class: "link" })));
  const rest = items.slice(most);
  const more = rest.length > 0 && button(`${rest.length} more`, () => more.parentElement.replaceWith(...rest), { class: "link" });
  return h("div", {},
    h("h2", {}, title, " ", h("span", { class: "count" }, texts.length)),
    texts.length ? h("ul", { class: "identifiers" }, items.slice(0, most), more && h("li", {}, more))
      : h("p", { class: "small" }, "None"));
}

// What is chosen

function nodeDetails(node, context, choose) {
  const { graph } = context;
  const evidence = graph.edges.filter((edge) => edge.one === node || edge.other === node);
  const field = node.kind === "email" ? "email" : "phoneNumber";
  return [
    h("h2", {}, node.kind === "email" ? "E-mail" : "Phone"),
    h("p", { class: "value" }, node.text),
    h("p", { class: "small" }, node.disowned ? "Disowned: it names nobody."
      : node.inside ? node.broughtBy && `First brought by contact ${node.broughtBy}.` : "Not of this customer any more."),
    h("h3", {}, "Came with"),
    evidence.length === 0 ? h("p", { class: "small" }, "Nothing: it came alone.")
      : h("ul", { class: "identifiers" }, evidence.slice(0, 50).map((edge) => h("li", {},
        button((edge.one === node ? edge.other : edge.one).text, () => choose({ edge }), { class: "link" }),
        !edge.stands && h("span", { class: "tag" }, "withdrawn")))),
    evidence.length > 50 && h("p", { class: "small" }, `and ${evidence.length - 50} more, in the table`),
    can("correct") && node.inside && !node.disowned && h("p", { class: "row" },
      button("This names nobody…", () => correct({ kind: "disown", [field]: node.text }, context), { class: "danger" })),
  ].filter(Boolean);
}

function edgeDetails(edge, context, choose) {
  const { one, other } = edge;
  const pair = one.kind !== other.kind;
  const request = pair
    ? { kind: "unlink", email: (one.kind === "email" ? one : other).text, phoneNumber: (one.kind === "phone" ? one : other).text }
    : { kind: "unlink", evidence: [edge.id] };
  return [
    h("h2", {}, `Evidence ${edge.id}`),
    h("p", { class: "value" }, button(one.text, () => choose({ node: one }), { class: "link" })),
    h("p", { class: "small" }, "came with"),
    h("p", { class: "value" }, button(other.text, () => choose({ node: other }), { class: "link" })),
    h("dl", {},
      h("dt", {}, "When"), h("dd", {}, moment(edge.at)),
      edge.client !== undefined && [h("dt", {}, "By whose key"), h("dd", {}, edge.client ?? "none")],
      edge.requestId != null && [h("dt", {}, "Request"), h("dd", {}, edge.requestId)],
      h("dt", {}, "State"), h("dd", {}, edge.stands ? "Stands" : "Withdrawn by a correction")),
    edge.parts && h("p", { class: "note warn" },
      `Without it this would be two customers, of ${edge.parts[0]} and ${edge.parts[1]} contacts.`),
    can("correct") && edge.stands && h("p", { class: "row" },
      button("These do not belong together…", () => correct(request, context), { class: "danger" })),
  ].filter(Boolean);
}

// The same in words

function evidenceTable(graph, choose) {
  const rows = graph.edges.map((edge) => [
    button(edge.id, () => {
      choose({ edge });
      document.querySelector(".inspector").scrollIntoView({ block: "nearest" });
    }, { class: "link", "aria-label": `Choose evidence ${edge.id}` }),
    edge.one.text, edge.other.text, moment(edge.at), edge.client ?? "",
    edge.parts ? `Holds ${edge.parts[0]} and ${edge.parts[1]} together` : edge.stands ? "Stands" : "Withdrawn",
  ]);
  return fold(`Evidence as a table (${rows.length})`, () =>
    table("What came together", ["Id", "This", "came with", "When", "By", "State"], rows));
}

function contactTable({ history, graph, mark }) {
  const chosen = new Set();
  const apart = button("Keep the two apart…", () => correct({ kind: "keep-apart", contactIds: [...chosen] }, { history, graph, mark }),
    { class: "danger", disabled: true });
  const mayPart = can("correct") && history.rows.length > 1;
  const box = (row) => h("input", {
    type: "checkbox", "aria-label": `Contact ${row.id}`, onchange: ({ target }) => {
      if (target.checked) chosen.add(row.id);
      else chosen.delete(row.id);
      apart.disabled = chosen.size !== 2;
    },
  });
  return fold(`Contacts as rows (${history.rows.length})`, () => [
    table("Contacts", [...(mayPart ? ["Choose"] : []), "Id", "E-mail", "Phone", "Precedence", "Created", "By"],
      history.rows.map((row) => [
        ...(mayPart ? [box(row)] : []), row.id, row.email ?? "–", row.phoneNumber ?? "–", row.linkPrecedence,
        moment(row.createdAt), row.client ?? ""])),
    mayPart && h("p", { class: "row" }, apart, h("span", { class: "small" }, "Choose two contacts that are two people.")),
  ].filter(Boolean));
}

/** What is folded is made when it is opened first. */
function fold(title, content) {
  const element = h("details", { class: "panel", ontoggle: () => {
    if (element.open && element.children.length === 1) element.append(...[content()].flat());
  } }, h("summary", {}, h("h2", {}, title)));
  return element;
}

const WORDS = { created: "Created", linked: "Linked", merged: "Merged", seen: "Seen again together", undone: "Undone" };

function timelineList(history, graph) {
  const most = 100;
  const events = timeline(history, graph).reverse();
  const item = ({ at, by, what, nodes, correction }) => h("li", { class: what },
    moment(at), h("strong", {}, what === "corrected" ? described(correction) : WORDS[what]),
    h("span", {}, correction ? `correction ${correction.id}${what === "undone" ? `: ${correction.kind}` : ""}`
      : nodes.map((node) => node.text).join(" with "), correction?.erased && h("span", { class: "tag" }, "erased")),
    by && h("span", { class: "small" }, `by ${by}`));
  const rest = events.slice(most);
  const more = rest.length > 0 && button(`${rest.length} earlier`, () => more.parentElement.replaceWith(...rest.map(item)));
  return h("ol", { class: "timeline" }, events.slice(0, most).map(item), more && h("li", {}, more));
}

function described({ kind }) {
  return { unlink: "Parted", "keep-apart": "Kept apart", disown: "Disowned", trust: "Trusted" }[kind];
}
