// What ties a customer, from what `GET /contacts/{id}` answers: identifiers, the evidence between them, and how it came to be.
// Pure functions.

/** Each part of a bridge has at least so many contacts, as `identityd report` has it. */
const LEAST_PART = 3;

/** Identifiers as nodes by their keys; evidence, and what corrections keep apart, as edges. */
export function graphOf(history) {
  const listed = new Map();
  const nodes = new Map();
  const { emails, phoneNumbers } = history.contact;
  for (const piece of [...history.rows, ...history.evidence]) {
    if (piece.listedPhoneNumber) listed.set(piece.phoneNumber, piece.listedPhoneNumber);
    if (piece.otherListedPhoneNumber) listed.set(piece.otherPhoneNumber, piece.otherListedPhoneNumber);
  }
  const inside = new Set([...emails.map((text) => `email ${text}`), ...phoneNumbers.map((text) => `phone ${text}`)]);

  function node(kind, text) {
    const name = kind === "phone" ? listed.get(text) ?? text : text;
    const key = `${kind} ${name}`;
    if (!nodes.has(key)) nodes.set(key, { key, kind, text: name, contacts: 0, inside: inside.has(key), disowned: false });
    return nodes.get(key);
  }
  const named = ({ email, phoneNumber }) => email == null ? node("phone", phoneNumber) : node("email", email);

  emails.forEach((text) => node("email", text));
  phoneNumbers.forEach((text) => node("phone", text));
  for (const row of history.rows) {
    row.nodes = [row.email != null && node("email", row.email), row.phoneNumber != null && node("phone", row.phoneNumber)]
      .filter(Boolean);
    // A contact goes with what it brought first, the e-mail if both.
    const brought = row.nodes.find((node) => !node.broughtBy);
    row.nodes.forEach((node) => node.broughtBy ??= row.id);
    if (brought) brought.contacts += 1;
  }
  const edges = history.evidence.map((piece) => {
    const ends = [
      piece.email != null && node("email", piece.email), piece.otherEmail != null && node("email", piece.otherEmail),
      piece.phoneNumber != null && node("phone", piece.phoneNumber),
      piece.otherPhoneNumber != null && node("phone", piece.otherPhoneNumber),
    ].filter(Boolean);
    return { ...piece, one: ends[0], other: ends[1], stands: !piece.withdrawn };
  });
  const standing = history.corrections.filter((correction) => !correction.undoneAt && !correction.erased);
  const apart = standing.flatMap((correction) =>
    correction.apart.map(({ one, other }) => ({ correction, one: named(one), other: named(other) })));
  for (const correction of standing) if (correction.kind === "disown") named(correction).disowned = true;

  const graph = { nodes: [...nodes.values()], edges, apart, byID: new Map(edges.map((edge) => [edge.id, edge])) };
  markBridges(graph);
  return graph;
}

function neighbours(nodes, edges) {
  const leaving = new Map(nodes.map((node) => [node, []]));
  for (const edge of edges) {
    leaving.get(edge.one).push([edge, edge.other]);
    leaving.get(edge.other).push([edge, edge.one]);
  }
  return leaving;
}

/** Gives each bridge its `parts`: evidence without which the customer would be two (Tarjan: no way back leads from behind it). */
function markBridges({ nodes, edges }) {
  const leaving = neighbours(nodes, edges.filter((edge) => edge.stands));
  const places = new Map();
  for (const start of nodes) {
    if (places.has(start)) continue;
    const enter = (node, by, above) => {
      const place = { by, above, next: 0, entered: places.size, earliest: places.size, contacts: node.contacts, node };
      places.set(node, place);
      return place;
    };
    const found = [];
    let place = enter(start, null, null);
    const root = place;
    while (place) {
      const step = leaving.get(place.node)[place.next++];
      if (step) {
        const [edge, target] = step;
        if (edge === place.by) continue;
        if (places.has(target)) place.earliest = Math.min(place.earliest, places.get(target).entered);
        else place = enter(target, edge, place);
        continue;
      }
      const { above } = place;
      if (above) {
        above.earliest = Math.min(above.earliest, place.earliest);
        above.contacts += place.contacts;
        if (place.earliest > above.entered) found.push(place);
      }
      place = above;
    }
    for (const { by, contacts } of found) {
      const parts = [contacts, root.contacts - contacts].sort((one, other) => one - other);
      if (parts[0] >= LEAST_PART) by.parts = parts;
    }
  }
}

/** Sets of nodes that edges tie, the largest first. */
export function components(nodes, edges) {
  const leaving = neighbours(nodes, edges);
  const seen = new Set();
  const found = [];
  for (const start of nodes) {
    if (seen.has(start)) continue;
    seen.add(start);
    const members = [start];
    for (const node of members) {
      for (const [, target] of leaving.get(node)) if (!seen.has(target)) members.push(target) && seen.add(target);
    }
    found.push(members);
  }
  return found.sort((one, other) => other.length - one.length);
}

/** The nodes along a chain of evidence: one more than `edges`. */
export function chain(edges) {
  if (edges.length < 2) return edges.flatMap(({ one, other }) => [one, other]);
  const [first, second] = edges;
  let at = [second.one, second.other].includes(first.one) ? first.other : first.one;
  const nodes = [at];
  for (const edge of edges) nodes.push(at = edge.one === at ? edge.other : edge.one);
  return nodes;
}

/** What became of the customer, the first first: created, linked, merged, corrected, undone. */
export function timeline(history, graph) {
  const pieces = graph.edges.map((edge) => ({ at: edge.at, id: edge.id, edge, nodes: [edge.one, edge.other], by: edge.client }));
  const pairs = new Set(pieces.map((piece) => piece.id));
  for (const row of history.rows) {
    if (!pairs.has(row.id)) pieces.push({ at: row.createdAt, id: row.id, nodes: row.nodes, by: row.client });
  }
  const events = history.corrections.flatMap((correction) => [
    correction.at && { at: correction.at, correction, by: correction.client },
    correction.undoneAt && { at: correction.undoneAt, correction, isUndo: true },
  ]).filter(Boolean);
  const all = [...pieces, ...events].sort((one, other) =>
    one.at < other.at ? -1 : one.at > other.at ? 1 : (one.id ?? 0) - (other.id ?? 0));

  const seen = [];
  const withdrawing = new Set();
  let group = new Map();
  const covers = (correction, edge) => correction.evidence.includes(edge.id) ||
    graph.apart.some((pair) => pair.correction === correction &&
      [pair.one, pair.other].every((end) => end === edge.one || end === edge.other));
  const regroup = () => {
    const edges = seen.map((piece) => piece.edge)
      .filter((edge) => edge && ![...withdrawing].some((correction) => covers(correction, edge)));
    group = new Map();
    for (const members of components([...new Set(seen.flatMap((piece) => piece.nodes))], edges)) {
      const own = Symbol();
      members.forEach((node) => group.set(node, own));
    }
  };
  return all.map((event) => {
    if (event.correction) {
      if (event.isUndo) withdrawing.delete(event.correction);
      else withdrawing.add(event.correction);
      regroup();
      return { ...event, what: event.isUndo ? "undone" : "corrected" };
    }
    const known = event.nodes.filter((node) => group.has(node));
    const groups = [...new Set(known.map((node) => group.get(node)))];
    const what = groups.length > 1 ? "merged"
      : known.length === 0 ? "created" : known.length < event.nodes.length ? "linked" : "seen";
    seen.push(event);
    const own = groups[0] ?? Symbol();
    if (groups.length > 1) group.forEach((of, node) => of === groups[1] && group.set(node, own));
    event.nodes.forEach((node) => group.set(node, own));
    return { ...event, what };
  });
}
