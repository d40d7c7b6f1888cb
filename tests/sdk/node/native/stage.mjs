// What every step of the native stories needs: a server, a room, its tokens, the backend's clients, and two participants.
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import { LIVEKIT_KEY, LIVEKIT_SECRET } from '../../../browser/lib/server.mjs';

/** Colours as Y, U and V. */
export const RED = [81, 90, 240];
export const GREEN = [145, 54, 34];
export const BLUE = [41, 240, 110];

/** The values of DisconnectReason that come up, as they stand in the protocol. */
export const REASON = { CLIENT_INITIATED: 1, DUPLICATE_IDENTITY: 2, SERVER_SHUTDOWN: 3, PARTICIPANT_REMOVED: 4, ROOM_DELETED: 5 };

export class Stage {
  /** `alice` and `bob`: actors of the SDKs at test. `profile`: what the server is to support. `oracle`: it is a livekit-server. */
  constructor({ server, room, alice, bob, profile, oracle = false }) {
    Object.assign(this, { server, room, alice, bob, profile, oracle });
    this.backend = new RoomServiceClient(server.http, LIVEKIT_KEY, LIVEKIT_SECRET);
  }

  token(identity, { grants = {}, ...options } = {}) {
    const token = new AccessToken(LIVEKIT_KEY, LIVEKIT_SECRET, { identity, name: `${identity} by name`, ...options });
    token.kind = options.kind;
    token.addGrant({ roomJoin: true, room: this.room, canUpdateOwnMetadata: true, ...grants });
    return token.toJwt();
  }

  /** `actor` joins as `identity`; what the token says may be given. */
  async join(actor, identity, options, choice) {
    return actor.join(identity, this.server.http, await this.token(identity, options), choice);
  }

  /** Steps that one SDK cannot do itself do nothing for it: `only` says which can. */
  async each(only, run) {
    const both = [[this.alice, this.bob], [this.bob, this.alice]];
    for (const [one, other] of both.filter(([{ sdk }]) => only.includes(sdk))) {
      await run(one, other);
    }
  }
}

/** The tracks of a participant in a view, in the order in which they were published. */
export function tracksOf(view, actor) {
  return Object.values(view.remotes[actor.identity]?.tracks ?? {});
}

/** Waits until no picture of a track comes any more. */
export function untilStill(viewer, owner, track) {
  let last = -1;
  let still = 0;
  return viewer.until('no more pictures', (view) => {
    const { frames } = tracksOf(view, owner).find(({ sid }) => sid === track).seen;
    still = frames === last ? still + 1 : 0;
    last = frames;
    return still >= 10;
  });
}
