// The admin API, with the token that was signed in with.

const KEPT = 'viaduct-admin-token';

/** An answer that is no success; `status` 0: the server was not reached. */
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEPT),
  set: (text) => sessionStorage.setItem(KEPT, text),
  forget: () => sessionStorage.removeItem(KEPT),
};

/** A call; gives the answer's JSON, or null where it has none. */
export async function call(method, path, body) {
  const headers = { authorization: `Bearer ${token.get() ?? ''}` };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
  }
  let answer;
  try {
    answer = await fetch(`/admin/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: 'no-store' });
  } catch {
    throw new Refused(0, 'The server does not answer.');
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = null;
  }
  if (!answer.ok) {
    const told = [value?.title, value?.detail].filter(Boolean).join(': ');
    throw new Refused(answer.status, told || `The server answered ${answer.status}.`);
  }
  return value;
}

/** All items of a list, page by page, up to a bound. */
export async function all(path, most = 2000) {
  const items = [];
  let cursor = null;
  do {
    const mark = path.includes('?') ? '&' : '?';
    const page = await call('GET', `${path}${mark}limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return items;
}

/** A name as a part of a path. */
export const part = encodeURIComponent;
