// How much there is, where to look first, what callers send in vain, and who serves it.

import { call } from "./api.js";
import { figure, h, show, table } from "./dom.js";

export async function overviewPage() {
  const response = await call("GET", "/report");
  const age = Number(response.headers.get("Age"));
  const { totals, largest, ties, bridges, ignoredSince, ignored } = await response.json();
  const link = (id) => h("a", { href: `#/contacts/${id}` }, `${id}`);
  const instances = h("section", { class: "panel" });
  show(instances, instanceTable);
  return [
    h("h1", {}, "Overview"),
    h("p", { class: "small" }, age < 5 ? "As of now." : `As of ${age} seconds ago.`, " It is counted at most once a minute."),
    h("dl", { class: "totals" },
      [["Customers", totals.customers], ["Contacts", totals.contacts], ["E-mails", totals.emails], ["Phones", totals.phoneNumbers]]
        .map(([noun, number]) => h("div", {}, h("dt", {}, noun), h("dd", {}, figure(number))))),
    section("Largest customers", largest.length && table("The most contacts first",
      ["Customer", "Contacts", "E-mails", "Phones"],
      largest.map((size) => [link(size.primaryContactId), figure(size.contacts), figure(size.emails), figure(size.phoneNumbers)]),
      [1, 2, 3]), "There are no customers yet."),
    section("Identifiers that tie the most", ties.length && table("An e-mail ties phones, a phone ties e-mails",
      ["Identifier", "Ties", "Customer"],
      ties.map((tie) => [tie.email ?? tie.phoneNumber, figure(tie.count), link(tie.primaryContactId)]), [1]),
    "No e-mail came with a phone yet."),
    section("Evidence that may be a typo", bridges.length && table("Without it, a customer would be two of these sizes",
      ["Evidence", "Contacts", "and contacts", "Customer"],
      bridges.map((bridge) => [bridge.evidence, figure(bridge.contacts[0]), figure(bridge.contacts[1]), link(bridge.primaryContactId)]),
      [1, 2]), "No single piece of evidence holds two larger parts of a customer together."),
    section("Ignored in requests", ignored.length && table(`Since ${ignoredSince}, at most 30 days`,
      ["Field", "Reason", "Count"],
      ignored.map(({ field, reason, count }) => [field, reason, figure(count)]), [2]),
    `Nothing since ${ignoredSince}.`),
    instances,
  ];
}

function section(title, content, empty) {
  return h("section", { class: "panel" }, h("h2", {}, title), content || h("p", { class: "small" }, empty));
}

async function instanceTable() {
  const title = h("h2", {}, "Instances");
  let text;
  try {
    text = await (await call("GET", "/metrics")).text();
  } catch (problem) {
    if (problem.status !== 403) throw problem;
    return [title, h("p", { class: "small" }, "nginx tells the state of instances to the machine itself alone.")];
  }
  const processes = instancesOf(text);
  return [title, table("What runs now", ["Process", "Version", "Workers", "Database connections", "Requests"],
    [...processes].map(([process, of]) => [
      process, of.version ?? "", figure(of.identityd_workers ?? 0),
      `${figure(of.identityd_database_connections ?? 0)} of ${figure(of.identityd_database_connections_wanted ?? 0)}`,
      figure(of.identityd_requests_total ?? 0)]), [2, 3, 4])];
}

/** Sums of Prometheus' text format, by process. */
function instancesOf(text) {
  const processes = new Map();
  for (const [, name, labels, value] of text.matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)) {
    const process = labels.match(/process="([^"]*)"/)?.[1];
    if (process === undefined) continue;
    const of = processes.get(process) ?? {};
    of[name] = (of[name] ?? 0) + Number(value);
    of.version ??= labels.match(/version="([^"]*)"/)?.[1];
    processes.set(process, of);
  }
  return processes;
}
