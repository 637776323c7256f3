// A customer's evidence as a picture: drawn, moved about, and chosen from.

import { button, count, h, svg } from "./dom.js";
import { layOut } from "./layout.js";

const STEP = 1.3;
/** In pixels: two names have so much between them, and a letter is about so wide. */
const CELL = 7;

/**
 * @param chosen Called with `{node}` or `{edge}` when one is chosen.
 * @returns the element, and `mark(edges)`, which points out a chain of evidence.
 */
export function graphView(graph, chosen) {
  layOut(graph);
  // What is wide there is high on a narrow screen.
  if (window.innerWidth < 700) for (const node of graph.nodes) [node.x, node.y] = [node.y, node.x];
  const degree = new Map();
  for (const { one, other } of graph.edges) for (const end of [one, other]) degree.set(end, (degree.get(end) ?? 0) + 1);
  const most = [...graph.nodes].sort((one, other) => (degree.get(other) ?? 0) - (degree.get(one) ?? 0));
  const shapes = new Map();
  const layer = svg("g", {});
  const picture = svg("svg", {
    class: "graph", tabindex: "0", role: "application", "aria-roledescription": "graph",
    "aria-label": `Graph of ${count(graph.nodes.length, "identifier")} and ${graph.edges.length} pieces of evidence. `
      + "Arrow keys go from one identifier to the next, plus and minus zoom, Shift and arrow keys move the picture, 0 shows all "
      + "of it. The tables below have the same.",
  }, layer);
  const told = h("p", { class: "hidden", "aria-live": "polite" });
  const view = { x: 0, y: 0, scale: 1 };
  /** Where each pointer is that holds the picture: a mouse, or fingers. */
  const held = new Map();
  let current = null;

  const ends = ({ one, other }) => [one.key, other.key].sort().join("\n");
  const beside = new Map();
  for (const pair of graph.apart) {
    beside.set(ends(pair), 1);
    layer.append(apartShape(pair));
  }
  for (const edge of graph.edges) {
    const number = beside.get(ends(edge)) ?? 0;
    beside.set(ends(edge), number + 1);
    const shape = edgeShape(edge, number);
    shape.addEventListener("click", () => choose({ edge }));
    shapes.set(edge, shape);
    layer.append(shape);
  }
  // Those that tie the most lie on top.
  for (const node of most.toReversed()) {
    const shape = nodeShape(node);
    shape.addEventListener("click", () => choose({ node }));
    shapes.set(node, shape);
    layer.append(shape);
  }

  function choose(choice) {
    if (current) shapes.get(current).classList.remove("chosen");
    current = choice.node ?? choice.edge;
    shapes.get(current).classList.add("chosen");
    told.textContent = choice.node
      ? `${choice.node.text}, ${degree.get(choice.node) ?? 0} pieces of evidence`
      : `Evidence ${choice.edge.id}: ${choice.edge.one.text} with ${choice.edge.other.text}`;
    chosen(choice);
  }

  function place() {
    layer.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  }

  /** Each node has its name beside it where there is room, those first that tie the most. */
  function giveNames() {
    const grow = Math.max(1, 0.45 / view.scale);
    layer.style.setProperty("--scale", view.scale);
    layer.style.setProperty("--grow", grow);
    const [taken, names] = [new Set(), new Set()];
    const cells = (x, y, width, height) => {
      const found = [];
      for (let column = Math.floor(x / CELL); column <= Math.floor((x + width) / CELL); column++) {
        for (let row = Math.floor(y / CELL); row <= Math.floor((y + height) / CELL); row++) found.push(column * 65536 + row);
      }
      return found;
    };
    for (const node of graph.nodes) {
      const size = node.size * view.scale * grow;
      for (const cell of cells(node.x * view.scale - size, node.y * view.scale - size, 2 * size, 2 * size)) taken.add(cell);
    }
    for (const [index, node] of most.entries()) {
      const text = shapes.get(node).querySelector("text");
      const [x, y, size] = [node.x * view.scale, node.y * view.scale, node.size * view.scale * grow + 4];
      const width = text.textContent.length * CELL;
      const sides = [["middle", 0, size + 11, -width / 2], ["middle", 0, -size - 1, -width / 2], ["start", size, 4, 0], ["end", -size, 4, -width]];
      // A few have theirs over other nodes, so that one finds one's way in a large graph.
      const inTheWay = index < 5 ? names : taken;
      const side = sides.find(([, dx, dy, from]) => !cells(x + dx + from, y + dy - 10, width, 11).some((cell) => inTheWay.has(cell)));
      shapes.get(node).classList.toggle("named", side !== undefined);
      const [anchor, dx, dy, from] = side ?? sides[0];
      if (side) for (const cell of cells(x + dx + from, y + dy - 10, width, 11)) taken.add(cell) && names.add(cell);
      text.setAttribute("text-anchor", anchor);
      text.setAttribute("x", dx / view.scale);
      text.setAttribute("y", dy / view.scale);
    }
  }

  function fit() {
    const { width, height } = picture.getBoundingClientRect();
    if (!width || graph.nodes.length === 0) return;
    const [xs, ys] = [graph.nodes.map((node) => node.x), graph.nodes.map((node) => node.y)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const [besides, above] = [Math.min(80, width / 6), 40];
    view.scale = Math.min(2, (width - 2 * besides) / (right - left || 1), (height - 2 * above) / (bottom - top || 1));
    view.scale = Math.max(view.scale, 0.05);
    view.x = width / 2 - (left + right) / 2 * view.scale;
    view.y = height / 2 - (top + bottom) / 2 * view.scale;
    place();
    giveNames();
  }

  /** About a point of the window, or the middle. */
  function zoom(factor, x, y) {
    const { left, top, width, height } = picture.getBoundingClientRect();
    const scale = Math.min(6, Math.max(0.05, view.scale * factor));
    const [atX, atY] = [x === undefined ? width / 2 : x - left, y === undefined ? height / 2 : y - top];
    view.x = atX - (atX - view.x) * scale / view.scale;
    view.y = atY - (atY - view.y) * scale / view.scale;
    view.scale = scale;
    place();
    giveNames();
  }

  function move(x, y) {
    view.x += x;
    view.y += y;
    place();
  }

  /** Between the first two pointers that hold the picture, and how far apart they are. */
  function grip() {
    const [one, other = one] = held.values();
    const [x, y] = [other.clientX - one.clientX, other.clientY - one.clientY];
    return { x: one.clientX + x / 2, y: one.clientY + y / 2, span: Math.hypot(x, y) };
  }

  /** The nearest node in a direction, from the chosen one. */
  function go(x, y) {
    const from = graph.nodes.includes(current) ? current : null;
    const next = !from ? most[0] : graph.nodes.reduce((best, node) => {
      const [dx, dy] = [node.x - from.x, node.y - from.y];
      const along = dx * x + dy * y;
      if (node === from || along <= 0) return best;
      const cost = along + 3 * Math.abs(dx * y - dy * x);
      return best === null || cost < best.cost ? { node, cost } : best;
    }, null)?.node;
    if (!next) return;
    choose({ node: next });
    const { width, height } = picture.getBoundingClientRect();
    const [atX, atY] = [next.x * view.scale + view.x, next.y * view.scale + view.y];
    if (atX < 40 || atX > width - 40 || atY < 40 || atY > height - 40) move(width / 2 - atX, height / 2 - atY);
  }

  picture.addEventListener("keydown", (event) => {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (arrows[event.key]) {
      const [x, y] = arrows[event.key];
      if (event.shiftKey) move(-60 * x, -60 * y);
      else go(x, y);
    } else if (event.key === "+" || event.key === "=") zoom(STEP);
    else if (event.key === "-") zoom(1 / STEP);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  });
  // The wheel alone scrolls the page.
  picture.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 200), event.clientX, event.clientY);
  }, { passive: false });
  picture.addEventListener("pointerdown", (event) => event.button === 0 && held.set(event.pointerId, event));
  picture.addEventListener("pointermove", (event) => {
    if (!held.has(event.pointerId)) return;
    const before = grip();
    held.set(event.pointerId, event);
    const after = grip();
    move(after.x - before.x, after.y - before.y);
    if (before.span > 0) zoom(after.span / before.span, after.x, after.y);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    picture.addEventListener(end, ({ pointerId }) => held.delete(pointerId));
  }
  new ResizeObserver(fit).observe(picture);

  const element = h("div", { class: "graph-frame" },
    picture,
    h("div", { class: "zoom" },
      button("+", () => zoom(STEP), { "aria-label": "Zoom in" }),
      button("−", () => zoom(1 / STEP), { "aria-label": "Zoom out" }),
      button("Fit", fit)),
    legend(graph), told);
  function mark(edges) {
    for (const edge of graph.edges) shapes.get(edge).classList.toggle("marked", edges.includes(edge));
  }
  return { element, choose, mark };
}

function nodeShape(node) {
  const size = node.size = 6 + Math.min(6, Math.sqrt(node.contacts));
  const shape = node.kind === "email"
    ? svg("circle", { r: size })
    : svg("rect", { x: -size, y: -size, width: 2 * size, height: 2 * size, rx: 3 });
  const classes = ["node", node.kind, !node.inside && "outside", node.disowned && "disowned"];
  return svg("g", { class: classes.filter(Boolean).join(" "), transform: `translate(${node.x} ${node.y})`, "data-node": node.key },
    svg("title", {}, node.text), shape,
    svg("text", {}, node.text.length > 30 ? `${node.text.slice(0, 29)}…` : node.text));
}

/** Lines of the same pair lie beside each other. */
function edgeShape(edge, number) {
  const { one, other } = edge;
  const [x, y] = [other.x - one.x, other.y - one.y];
  const bend = number * 18;
  const length = Math.hypot(x, y) || 1;
  const [midX, midY] = [(one.x + other.x) / 2 - y / length * bend, (one.y + other.y) / 2 + x / length * bend];
  const d = `M${one.x} ${one.y}Q${midX} ${midY} ${other.x} ${other.y}`;
  const classes = ["edge", !edge.stands && "withdrawn", edge.parts && "bridge"];
  return svg("g", { class: classes.filter(Boolean).join(" "), "data-evidence": edge.id },
    svg("title", {}, `Evidence ${edge.id}${edge.client ? `, by ${edge.client}` : ""}`),
    svg("path", { class: "touch", d }), svg("path", { class: "line", d }));
}

function apartShape({ one, other, correction }) {
  const [x, y] = [(one.x + other.x) / 2, (one.y + other.y) / 2];
  return svg("g", { class: "edge apart" },
    svg("title", {}, `Kept apart by correction ${correction.id}`),
    svg("path", { class: "line", d: `M${one.x} ${one.y}L${other.x} ${other.y}` }),
    svg("path", { class: "cross", d: `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x - 4} ${y + 4}L${x + 4} ${y - 4}` }));
}

function legend(graph) {
  const line = (classes) => svg("svg", { width: 26, height: 12, "aria-hidden": "true" },
    svg("g", { class: classes }, svg("path", { class: "line", d: "M1 6H25" })));
  const mark = (kind, shape) => svg("svg", { width: 14, height: 14, "aria-hidden": "true" },
    svg("g", { class: `node ${kind}`, transform: "translate(7 7)" }, shape));
  return h("ul", { class: "legend" },
    h("li", {}, mark("email", svg("circle", { r: 5 })), "e-mail"),
    h("li", {}, mark("phone", svg("rect", { x: -5, y: -5, width: 10, height: 10, rx: 2 })), "phone"),
    h("li", {}, line("edge"), "came together"),
    graph.edges.some((edge) => edge.parts) && h("li", {}, line("edge bridge"), "holds two parts together"),
    graph.edges.some((edge) => !edge.stands) && h("li", {}, line("edge withdrawn"), "withdrawn"),
    graph.apart.length > 0 && h("li", {}, line("edge apart"), "kept apart"));
}
