//! Keeps DTLS records away from str0m that cannot be valid (RFC 6347 §4.1): anybody who can send from a client's
//! address could otherwise end its call with a plaintext alert, or crash the handshake with a repeated Finished.
//! Looks at record headers only.

/// Length of a DTLS 1.2 record header, bytes.
const HEADER_LEN: usize = 13;
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
/// Encrypted records remembered while the handshake runs: a Finished, and what a client sends early.
const EARLY_RECORDS_MAX: usize = 32;

/// One association's filter.
#[derive(Default)]
pub(super) struct DtlsFilter {
    done: bool,
    early: Vec<u64>,
}

impl DtlsFilter {
    /// The handshake is done.
    pub(super) fn handshake_done(&mut self) {
        self.done = true;
        self.early = Vec::new();
    }

    /// Whether a datagram may go on: all its records are whole and possible at this time.
    pub(super) fn passes(&mut self, datagram: &[u8]) -> bool {
        let mut rest = datagram;
        while !rest.is_empty() {
            let Some((record, others)) = Record::split(rest) else { return false };
            if !self.is_possible(&record) {
                return false;
            }
            rest = others;
        }
        true
    }

    fn is_possible(&mut self, record: &Record) -> bool {
        match (record.epoch, record.content_type) {
            // Plaintext alerts and plaintext data are nothing that an honest client needs us to hear.
            (0, HANDSHAKE | CHANGE_CIPHER_SPEC) => true,
            (1, HANDSHAKE | ALERT | APPLICATION_DATA) => self.done || self.is_new_early(record.sequence),
            _ => false,
        }
    }

    fn is_new_early(&mut self, sequence: u64) -> bool {
        if self.early.contains(&sequence) || self.early.len() >= EARLY_RECORDS_MAX {
            return false;
        }
        self.early.push(sequence);
        true
    }
}

/// What a record header says.
struct Record {
    content_type: u8,
    epoch: u16,
    sequence: u64,
}

impl Record {
    fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let [content_type, major, minor, e0, e1, s0, s1, s2, s3, s4, s5, l0, l1] =
            *bytes.first_chunk::<HEADER_LEN>()?;
        if major != 0xfe || !matches!(minor, 0xff | 0xfd) {
            return None;
        }
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        let rest = bytes.get(HEADER_LEN + len..).filter(|_| len > 0)?;
        let sequence = u64::from_be_bytes([0, 0, s0, s1, s2, s3, s4, s5]);
        Some((Self { content_type, epoch: u16::from_be_bytes([e0, e1]), sequence }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(content_type: u8, epoch: u8, sequence: u8, len: u8) -> Vec<u8> {
        let mut bytes = vec![content_type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, sequence, 0, len];
        bytes.extend(std::iter::repeat_n(7, usize::from(len)));
        bytes
    }

    #[test]
    fn only_records_that_are_possible_now_pass() {
        let old_version = [22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1].to_vec();
        let cases = [
            (record(22, 0, 0, 9), true, "ClientHello"),
            (old_version, true, "the first ClientHello's record may say 1.0"),
            ([record(22, 0, 1, 9), record(20, 0, 2, 1), record(22, 1, 0, 40)].concat(), true, "the last flight"),
            (record(21, 0, 0, 2), false, "plaintext alert"),
            (record(23, 0, 0, 2), false, "plaintext data"),
            (record(22, 1, 0, 40), false, "the same Finished again"),
            (record(22, 2, 0, 40), false, "an epoch that never comes"),
            (record(99, 0, 0, 2), false, "no content type"),
            (record(22, 0, 0, 9)[..20].to_vec(), false, "cut short"),
            (vec![0x2f, 1, 2, 3], false, "DTLS 1.3 header"),
            (record(22, 0, 0, 0), false, "empty record"),
        ];
        let mut filter = DtlsFilter::default();
        for (datagram, expected, message) in cases {
            assert_eq!(filter.passes(&datagram), expected, "{message}");
        }
        filter.handshake_done();
        assert!(filter.passes(&record(23, 1, 5, 30)));
        assert!(filter.passes(&record(21, 1, 6, 30)), "the client says goodbye");
        assert!(!filter.passes(&record(21, 0, 7, 2)));
    }

    #[test]
    fn a_flood_of_early_records_is_bounded() {
        let mut filter = DtlsFilter::default();
        let passed = (0..200).filter(|sequence| filter.passes(&record(22, 1, *sequence, 40))).count();
        assert_eq!(passed, EARLY_RECORDS_MAX);
    }
}
