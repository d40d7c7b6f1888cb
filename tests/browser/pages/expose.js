// Puts a driver on `window` behind one function that takes and gives JSON text, so that any browser protocol can call it.

const HANDOVER_LIMIT_MS = 30000;

function describe(error) {
  if (error instanceof Error || (error && typeof error === 'object')) {
    return { name: error.name, message: String(error.message ?? error), code: error.code, reason: error.reason };
  }
  return { name: 'Error', message: String(error) };
}

function limited(promise, method) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${method}: no answer in ${HANDOVER_LIMIT_MS} ms`)), HANDOVER_LIMIT_MS);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

export function expose(driver) {
  window.driver = driver;
  window.addEventListener('error', (event) => driver.log.add('pageError', { message: event.message }));
  window.addEventListener('unhandledrejection', (event) => driver.log.add('unhandledRejection', describe(event.reason)));
  window.callDriver = async (method, argument) => {
    try {
      const call = Promise.resolve(driver[method](argument === undefined ? undefined : JSON.parse(argument)));
      return JSON.stringify({ value: (await limited(call, method)) ?? null });
    } catch (error) {
      return JSON.stringify({ error: describe(error) });
    }
  };
}
