// Plays the stories of the LiveKit scenes against one server, with one version of the SDK at test.
import { LiveKitLabPage } from './livekit-lab.mjs';
import { newest } from './sdks.mjs';

/** A part of the stories alone, for work on them: `ONLY='1.15.*talking'`. */
const only = new RegExp(process.env.ONLY ?? '');

/** The steps that this version has; `id` is the same in every run. `where` names the server at test. */
export function stepsOf(stories, sdk, where) {
  return Object.entries(stories).filter(([story]) => only.test(`${where} ${sdk.version} ${story}`)).map(([story, steps]) => [
    story, steps.filter(({ later }) => !(later && sdk.release === '1.15')).map((step) => ({ ...step, id: `${story}: ${step.name}` })),
  ]);
}

/** Plays a story: two pages and a room of its own. `each(step, scene)` plays a step. */
export async function playStory({ browser, pages, server, newRoom }, sdk, steps, each) {
  const alice = await LiveKitLabPage.open({ browser, pages, server }, sdk);
  const bob = await LiveKitLabPage.open({ browser, pages, server }, newest.livekit);
  try {
    const scene = { alice, bob, sdk, server, room: newRoom() };
    for (const step of steps) {
      await each(step, scene);
    }
  } finally {
    await Promise.all([alice.close(), bob.close()]);
  }
}
