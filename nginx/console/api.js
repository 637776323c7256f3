// The public API, with the key that the person pasted. It stays in sessionStorage: no other tab has it, and it goes with this one.

const SLOT = "identityd key";

/** Who we are to the service; `null` until it has told. */
export let session = null;

export function can(scope) {
  return session?.scopes.includes(scope) ?? false;
}

/** An answer other than 200 (RFC 9457), with all that it tells. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? "The service gave no answer that this page understands. Try again.");
    Object.assign(this, body, { status });
    this.kind = body.type?.split(":").at(-1);
  }
}

export async function call(method, path, body) {
  const key = sessionStorage.getItem(SLOT);
  const headers = {};
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
  } catch {
    throw new Problem(0, { detail: "The service can't be reached. Look at your connection, then try again." });
  }
  if (response.status === 401) {
    session = null;
    window.dispatchEvent(new CustomEvent("keyneeded", { detail: { hadKey: key !== null } }));
  }
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => ({})));
  return response;
}

export async function get(path) {
  return (await call("GET", path)).json();
}

export async function post(path, body) {
  return (await call("POST", path, body)).json();
}

/** Asks the service whose key it is. */
export async function begin(key) {
  if (key) sessionStorage.setItem(SLOT, key);
  session = await get("/key");
}

export function forgetKey() {
  sessionStorage.removeItem(SLOT);
  session = null;
}

/** All pages of a list whose ids ascend: `page` takes the id before. */
export async function all(page, most = 20) {
  const found = [];
  for (let pages = 0; pages < most; pages++) {
    const items = await page(found.at(-1)?.id ?? 0);
    found.push(...items);
    if (items.length < 1000) break;
  }
  return found;
}
