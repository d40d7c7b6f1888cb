// When pictures of one participant's camera come in, whichever track bears them: what an outage costs is the longest time
// between two of them.
import { wallClockMs } from './media.js';

export class FrameWatch {
  constructor(actor, identity) {
    /** When each picture came, ms on the wall clock. */
    this.times = [];
    const track = actor.publication(identity, 'camera')?.track;
    if (track) {
      this.follow(track);
    }
    actor.room.on('trackSubscribed', (next, publication, participant) => {
      if (participant.identity === identity && next.kind === 'video') {
        this.follow(next);
      }
    });
  }

  async follow(track) {
    const reader = new MediaStreamTrackProcessor({ track: track.mediaStreamTrack }).readable.getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      value.close();
      this.times.push(wallClockMs());
    }
  }

  /** How many came since then. */
  since(at) {
    return this.times.filter((time) => time > at).length;
  }

  /** The longest time without a picture after `at`. */
  gapMs(at) {
    const times = [at, ...this.times.filter((time) => time > at)];
    return Math.round(Math.max(0, ...times.slice(1).map((time, index) => time - times[index])));
  }
}
