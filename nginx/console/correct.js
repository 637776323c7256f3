// A correction from its dry run to its end, in a dialog: what would come of it, a note, and only then the deed.

import { post } from "./api.js";
import { card } from "./card.js";
import { button, count, dialog, done, failure, h, moment, show } from "./dom.js";
import { chain } from "./evidence.js";

const TITLES = {
  unlink: "These do not belong together", "keep-apart": "These are two people", disown: "This names nobody",
};

/** @param request As `POST /corrections` takes it. */
export function correct(request, context) {
  const box = dialog(TITLES[request.kind]);
  const subject = [request.email, request.phoneNumber].filter(Boolean).join(" and ");
  if (subject) box.element.querySelector("h2").after(h("p", { class: "value" }, subject));
  preview(request, context, box);
}

function preview(request, context, box) {
  show(box.content, async () => {
    try {
      const { contacts } = await post("/corrections", { ...request, dryRun: true });
      return outcome(request, contacts, context, box);
    } catch (problem) {
      if (problem.kind === "still-connected") return stillConnected(request, problem, context, box);
      return [failure(problem), h("p", { class: "row" }, button("Close", box.close))];
    }
  });
}

function outcome(request, contacts, { history }, box) {
  const note = h("input", { id: "note", name: "note", autocomplete: "off", "aria-describedby": "note-help" });
  const status = h("div", {});
  const act = h("button", { class: "danger" }, contacts.length > 1 ? `Part into ${count(contacts.length, "customer")}` : "Do it");
  const form = h("form", { onsubmit: async (event) => {
    event.preventDefault();
    act.disabled = true;
    try {
      const { correction } = await post("/corrections", { ...request, note: note.value || null });
      box.close();
      done(`Correction ${correction.id} is made. The list of corrections can undo it.`, contacts);
    } catch (problem) {
      status.replaceChildren(failure(problem));
      act.disabled = false;
    }
  } },
  h("label", { for: "note" }, "Note"), note,
  h("p", { class: "small", id: "note-help" }, "A ticket number rather than what a person said; at most 500 bytes."),
  status,
  h("p", { class: "row" }, act, button("Cancel", box.close)));
  return [
    h("p", {}, contacts.length > 1 ? "Nothing is changed yet. This is what comes of it."
      : "Nothing is changed yet. The customer stays one."),
    h("div", { class: "sides" },
      h("section", { "aria-label": "Before" }, h("h3", { class: "side" }, "Before"), card(history.contact, { isLinked: false })),
      h("section", { "aria-label": "After" }, h("h3", { class: "side" }, "After"),
        contacts.map((customer) => card(customer, { isLinked: false })))),
    form,
  ];
}

/** The chain that still connects the two, and what of it to withdraw as well: to begin with, the cut. */
function stillConnected(request, problem, context, box) {
  const known = (ids) => ids.map((id) => context.graph.byID.get(id)).filter(Boolean);
  const path = known(problem.path);
  context.mark(path);
  const chosen = new Set([...(request.evidence ?? []), ...problem.cut]);
  const ids = [...new Set([...problem.path, ...problem.cut])];
  const go = button("", () => preview({ ...request, evidence: [...chosen] }, context, box), { class: "danger" });
  const label = () => {
    go.textContent = `Withdraw ${count(chosen.size, "piece")} of evidence, too…`;
    go.disabled = chosen.size === 0;
  };
  label();
  return [
    h("p", { role: "alert" }, problem.message),
    h("ol", { class: "path", "aria-label": "Path" }, chain(path).map((node, index) =>
      h("li", {}, h("span", { class: `chip ${node.kind}` }, node.text),
        path[index] && h("span", { class: "step" }, ` ${path[index].id} `)))),
    h("fieldset", {}, h("legend", {}, "What is wrong in it?"), ids.map((id) => {
      const edge = context.graph.byID.get(id);
      return h("label", { class: "choice" },
        h("input", { type: "checkbox", checked: chosen.has(id), onchange: ({ target }) => {
          if (target.checked) chosen.add(id);
          else chosen.delete(id);
          label();
        } }),
        h("span", {}, `Evidence ${id}`, edge && `: ${edge.one.text} with ${edge.other.text}, `, edge && moment(edge.at),
          edge?.client && ` by ${edge.client}`, problem.cut.includes(id) && h("span", { class: "tag" }, "cut")));
    })),
    h("p", { class: "small" }, "The cut is the smallest set that parts them. It does not say what is wrong: that is yours to decide."),
    h("p", { class: "row" }, go, button("Cancel", box.close)),
  ];
}
