// Numbers and times as people read them.

/** `1.2 Mbit/s`; a dash where it is not known. */
export function bitrate(bps) {
  if (bps === null || bps === undefined) {
    return '–';
  }
  return bps >= 1e6 ? `${(bps / 1e6).toFixed(1)}\u00a0Mbit/s` : `${Math.round(bps / 1e3)}\u00a0kbit/s`;
}

/** `0.4 %`; a dash where it is not known. */
export function percent(value) {
  return value === null || value === undefined ? '–' : `${Number(value.toFixed(1))} %`;
}

/** A count with a thin mark of thousands. */
export function count(value) {
  return value.toLocaleString('en').replaceAll(',', '\u202f');
}

/** How long ago, in the largest unit that fits. */
export function ago(ms, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  for (const [unit, length] of [['d', 86400], ['h', 3600], ['min', 60]]) {
    if (seconds >= length) {
      return `${Math.floor(seconds / length)} ${unit}`;
    }
  }
  return `${seconds} s`;
}

/** Date and time of this place, to the second. */
export function moment(ms) {
  return new Date(ms).toLocaleString('sv-SE');
}

/** `12 MB`. */
export function bytes(value) {
  return value >= 1e6 ? `${Math.round(value / 1e6)} MB` : `${Math.round(value / 1e3)} kB`;
}
