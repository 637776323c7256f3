// What was corrected, and taking it back.

import { all, can, get, post } from "./api.js";
import { button, dialog, done, failure, h, moment } from "./dom.js";

export async function correctionsPage() {
  const corrections = await all(async (after) => (await get(`/corrections?after=${after}&limit=1000`)).corrections);
  return [
    h("h1", {}, "Corrections"),
    corrections.length === 0
      ? h("p", { class: "empty" }, "Nothing was corrected yet. Find a customer, and choose what does not belong together.")
      : h("ul", { class: "plain panel" }, corrections.reverse().map((correction) => correctionRow(correction))),
  ];
}

export function correctionRow(correction) {
  const { id, kind, at, undoneAt, erased, note, client, evidence } = correction;
  const subject = kind === "disown" || kind === "trust" ? name(correction)
    : correction.apart.slice(0, 3).map(({ one, other }) => `${name(one)} and ${name(other)}`).join("; ");
  const state = erased ? "erased" : undoneAt ? "undone" : null;
  return h("li", { class: `correction ${state ?? ""}` },
    h("div", {},
      h("strong", {}, `${id} · ${kind}`), state && h("span", { class: "tag" }, state),
      h("div", {}, erased ? "What it named was erased." : subject,
        correction.apart.length > 3 && `; and ${correction.apart.length - 3} more pairs`),
      evidence.length > 0 && h("div", { class: "small" }, `Withdraws evidence ${evidence.slice(0, 10).join(", ")}${evidence.length > 10 ? "…" : ""}`),
      note && h("div", { class: "quote" }, note),
      h("div", { class: "small" }, at && moment(at), client && ` by ${client}`, undoneAt && [" · undone ", moment(undoneAt)])),
    can("correct") && !state && button("Undo…", () => undo([id]), { "aria-label": `Undo correction ${id}` }));
}

function name({ email, phoneNumber }) {
  return email ?? phoneNumber ?? "";
}

function undo(ids) {
  const box = dialog(ids.length === 1 ? `Undo correction ${ids[0]}` : `Undo corrections ${ids.join(", ")}`);
  const status = h("div", {});
  const act = button("Undo", async () => {
    act.disabled = true;
    try {
      const { contacts } = await post("/corrections/undo", { ids });
      box.close();
      done(ids.length === 1 ? `Correction ${ids[0]} is undone.` : `Corrections ${ids.join(", ")} are undone.`, contacts);
    } catch (problem) {
      status.replaceChildren(failure(problem), problem.kind === "kept-apart" ? h("p", { class: "row" },
        button(`Undo ${problem.corrections.join(", ")} as well…`, () => {
          box.close();
          undo([...ids, ...problem.corrections]);
        })) : "");
      act.disabled = false;
    }
  }, { class: "danger" });
  box.content.append(
    h("p", {}, "What no other correction covers stands again, and customers whom it ties are one again."),
    status, h("p", { class: "row" }, act, button("Cancel", box.close)));
}
