// Where the nodes of a graph go. A tree of the evidence is laid out in rings around its middle, so that it has no crossings to
// begin with; then edges pull and near nodes push, for a fixed number of rounds. 1,000 contacts take a fraction of a second, and
// the same graph always looks the same.

import { components } from "./evidence.js";

/** In pixels at scale 1: how long an edge would like to be. */
const LENGTH = 56;

/** Gives each node `x` and `y`. */
export function layOut({ nodes, edges, apart }) {
  const ties = edges.map(({ one, other }) => ({ one, other, pull: 0.12 }));
  const degree = new Map(nodes.map((node) => [node, 0]));
  for (const { one, other } of ties) for (const end of [one, other]) degree.set(end, degree.get(end) + 1);
  const groups = components(nodes, [...ties, ...apart]);
  for (const members of groups) {
    const inside = new Set(members);
    const own = ties.filter((tie) => inside.has(tie.one));
    rings(members, [...own, ...apart.filter((pair) => inside.has(pair.one))], degree);
    relax(members, own, degree);
    lie(members);
  }
  pack(groups);
}

/** Each node on a ring, by how far it is from the one that ties the most, within the angle of the node before it. */
function rings(members, ties, degree) {
  const leaving = new Map(members.map((node) => [node, []]));
  for (const { one, other } of ties) {
    leaving.get(one).push(other);
    leaving.get(other).push(one);
  }
  const root = members.reduce((best, node) => degree.get(node) > degree.get(best) ? node : best);
  const order = [root];
  const places = new Map([[root, { depth: 0, below: [], leaves: 0 }]]);
  for (const node of order) {
    for (const next of leaving.get(node)) {
      if (places.has(next)) continue;
      places.set(next, { depth: places.get(node).depth + 1, below: [], leaves: 0 });
      places.get(node).below.push(next);
      order.push(next);
    }
  }
  for (const node of order.toReversed()) {
    const place = places.get(node);
    place.leaves = place.below.reduce((sum, next) => sum + places.get(next).leaves, 0) || 1;
  }
  const spread = Math.max(1, places.get(root).leaves / (4 * Math.PI * places.get(order.at(-1)).depth || 1));
  Object.assign(places.get(root), { from: 0, to: 2 * Math.PI });
  for (const node of order) {
    const { depth, from, to, below, leaves } = places.get(node);
    const angle = (from + to) / 2;
    node.x = Math.cos(angle) * depth * LENGTH * spread;
    node.y = Math.sin(angle) * depth * LENGTH * spread;
    let start = from;
    for (const next of below) {
      const end = start + (to - from) * places.get(next).leaves / leaves;
      Object.assign(places.get(next), { from: start, to: end });
      start = end;
    }
  }
}

/** Fewer rounds for more nodes: all of it stays below half a second. */
function relax(members, ties, degree) {
  const rounds = Math.round(Math.min(260, Math.max(60, 90000 / members.length)));
  const reach = LENGTH * 2.2;
  for (let round = 0; round < rounds; round++) {
    const heat = LENGTH * 0.4 * (1 - round / rounds) + 0.5;
    for (const node of members) node.dx = node.dy = 0;
    push(members, reach);
    for (const { one, other, pull } of ties) {
      const [x, y] = [other.x - one.x, other.y - one.y];
      const length = Math.hypot(x, y) || 1;
      // What ties many needs room around it.
      const rest = LENGTH * (1 + Math.sqrt(Math.max(degree.get(one), degree.get(other))) / 5);
      const force = (length - rest) / length * pull * 2;
      one.dx += x * force;
      one.dy += y * force;
      other.dx -= x * force;
      other.dy -= y * force;
    }
    for (const node of members) {
      const length = Math.hypot(node.dx, node.dy) || 1;
      const step = Math.min(length, heat) / length;
      node.x += node.dx * step;
      node.y += node.dy * step;
    }
  }
}

/** Nodes that are near push each other. Only those in the same and the next cells of a grid can be near. */
function push(members, reach) {
  const cells = new Map();
  for (const node of members) {
    const cell = (node.column = Math.floor(node.x / reach)) * 65536 + (node.row = Math.floor(node.y / reach));
    if (cells.has(cell)) cells.get(cell).push(node);
    else cells.set(cell, [node]);
  }
  for (const node of members) {
    for (let column = node.column - 1; column <= node.column + 1; column++) {
      for (let row = node.row - 1; row <= node.row + 1; row++) {
        for (const other of cells.get(column * 65536 + row) ?? []) {
          if (other === node) continue;
          const [x, y] = [node.x - other.x, node.y - other.y];
          const square = x * x + y * y;
          if (square > reach * reach) continue;
          const force = LENGTH * LENGTH * 0.35 / Math.max(square, 16);
          node.dx += (x || 0.1) * force;
          node.dy += y * force;
        }
      }
    }
  }
}

/** Turned so that it is wider than high, as the frame is: its longest extent lies flat. */
function lie(members) {
  const middle = (of) => members.reduce((sum, node) => sum + of(node), 0) / members.length;
  const [x, y] = [middle((node) => node.x), middle((node) => node.y)];
  const along = middle((node) => (node.x - x) ** 2 - (node.y - y) ** 2);
  const angle = Math.atan2(2 * middle((node) => (node.x - x) * (node.y - y)), along) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (const node of members) {
    const [dx, dy] = [node.x - x, node.y - y];
    node.x = dx * cos + dy * sin;
    node.y = dy * cos - dx * sin;
  }
}

/** Parts that nothing ties stand side by side, in rows. */
function pack(groups) {
  const boxes = groups.map((members) => {
    const [xs, ys] = [members.map((node) => node.x), members.map((node) => node.y)];
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    return { members, left, top, width: Math.max(...xs) - left + LENGTH, height: Math.max(...ys) - top + LENGTH };
  });
  const area = boxes.reduce((sum, box) => sum + box.width * box.height, 0);
  const widest = Math.max(Math.sqrt(area) * 1.5, ...boxes.map((box) => box.width));
  let [x, y, tallest] = [0, 0, 0];
  for (const box of boxes) {
    if (x > 0 && x + box.width > widest) [x, y, tallest] = [0, y + tallest + LENGTH, 0];
    for (const node of box.members) {
      node.x += x - box.left;
      node.y += y - box.top;
    }
    x += box.width;
    tallest = Math.max(tallest, box.height);
  }
}
