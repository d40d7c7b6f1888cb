// The pages of a load run, by the participants' numbers: each joins, publishes, and says what becomes of it.
import { Participant } from './participant.mjs';

/** Time between two looks at a page until it is up: the times it reports are as coarse. */
const LOOK_EVERY_MS = 100;
/** How long a page may take to say goodbye. */
const LEAVE_LIMIT_MS = 2000;

class Seat {
  constructor(number, say) {
    Object.assign(this, { number, say, startedAt: Date.now(), over: false, participant: null });
  }

  tell(fact) {
    if (!this.over) {
      this.say({ participant: this.number, ...fact, ms: Date.now() - this.startedAt });
    }
  }

  step(step) {
    this.tell({ event: 'step', step });
  }

  fail(error) {
    // The first line says it; SDKs and browsers add traces.
    this.tell({ event: 'failed', reason: String(error?.message ?? error).split('\n')[0] });
    return this.end();
  }

  /** Opens the empty page; what the SDK and the server are measured by begins after that. */
  async open(open) {
    const participant = await open(`participant-${this.number}`);
    if (this.over) {
      await participant.close();
      return;
    }
    this.participant = participant;
    this.tell({ event: 'opened' });
  }

  /** From an empty page to another's picture and sound; afterwards only looks are taken, when asked for. */
  async live({ join, publish, alone }) {
    this.startedAt = Date.now();
    this.step('joining');
    await this.participant.call('join', join);
    this.step('publishing');
    await this.participant.call('publish', publish);
    this.step("waiting for its own packets to go and for another's picture and sound");
    while (!this.over) {
      const { sends, sees } = await this.look();
      if (sends && (sees || alone)) {
        this.tell({ event: 'up' });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Tells the page's figures so far. */
  async look() {
    const { left, ...figures } = await this.participant.call('figures');
    if (left !== null) {
      throw new Error(`the server sent us away: ${left}`);
    }
    if (figures.connected) {
      this.connectMs ??= Date.now() - this.startedAt;
    }
    this.tell({ event: 'figures', figures: { ...figures, connectMs: this.connectMs ?? null } });
    return figures;
  }

  async end() {
    this.over = true;
    const participant = this.participant;
    this.participant = null;
    if (participant) {
      const limit = new Promise((resolve) => setTimeout(resolve, LEAVE_LIMIT_MS));
      await Promise.race([participant.call('leave').catch(() => {}), limit]);
      await participant.close();
    }
  }
}

export class Crowd {
  /** `makePage(name)` opens one, `say(fact)` passes on what happens. */
  constructor(makePage, say) {
    Object.assign(this, { makePage, say });
    this.seats = new Map();
  }

  async open({ participant: number }) {
    const before = this.seats.get(number);
    const seat = new Seat(number, this.say);
    this.seats.set(number, seat);
    await before?.end();
    await seat.open(this.makePage).catch((error) => seat.fail(error));
  }

  async join({ participant: number, ...wanted }) {
    const seat = this.seats.get(number);
    await seat.live(wanted).catch((error) => seat.fail(error));
  }

  async leave({ participant: number }) {
    const seat = this.seats.get(number);
    this.seats.delete(number);
    await seat?.end();
    this.say({ event: 'left', participant: number });
  }

  /** Looks at all pages, then says that it has. */
  async look({ number }) {
    const seats = [...this.seats.values()].filter(({ participant }) => participant);
    await Promise.all(seats.map((seat) => seat.look().catch((error) => (seat.over ? null : seat.fail(error)))));
    this.say({ event: 'looked', number });
  }

  async close() {
    await Promise.all([...this.seats.values()].map((seat) => seat.end().catch(() => {})));
  }
}
