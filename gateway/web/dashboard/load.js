// How much there is to do: charts over the last minutes, and the media threads.
import { call } from './api.js';
import { chart } from './chart.js';
import { h, show } from './dom.js';
import { bitrate, bytes, count, percent } from './words.js';

export async function refresh(panel) {
  const [load, server] = await Promise.all([call('GET', '/load'), call('GET', '/server')]);
  const of = (read) => load.samples.map((sample) => ({ at: sample.at_ms, value: read(sample) }));
  const whole = (value) => (Number.isInteger(value) ? count(value) : '');
  show(panel,
    h('div', { class: 'charts' },
      chart('Participants', of((sample) => sample.participants), whole),
      chart('Rooms', of((sample) => sample.rooms), whole),
      chart('Packets in, a second', of((sample) => sample.packets_in_per_second), (value) => count(Math.round(value))),
      chart('Packets out, a second', of((sample) => sample.packets_out_per_second), (value) => count(Math.round(value))),
      chart('Media out', of((sample) => sample.bits_out_per_second), bitrate, (bps) => `${Number((bps / 1e6).toPrecision(2))} M`),
      chart('Processors', of((sample) => sample.cpu_percent), percent)),
    h('h2', null, 'Media workers'),
    h('p', { class: 'soft' }, `Memory in use: ${bytes(load.memory_bytes)}. Processors are per cent of one core; this machine has ${load.cores}.`),
    h('div', { class: 'card wide' }, h('table', null,
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Worker'), ['Transports', 'Incoming tracks', 'Outgoing tracks', 'Datagrams in', 'Datagrams out']
        .map((title) => h('th', { scope: 'col', class: 'number' }, title)))),
      h('tbody', null, server.workers.map((worker) => h('tr', null, h('th', { scope: 'row' }, String(worker.worker)),
        [worker.transports, worker.producers, worker.consumers, worker.datagrams_in, worker.datagrams_out]
          .map((value) => h('td', { class: 'number' }, count(value)))))))));
}
