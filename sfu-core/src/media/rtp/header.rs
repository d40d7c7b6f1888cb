//! RTP headers (RFC 3550 §5.1, RFC 8285): read as offsets into the packet, and written anew for each receiver with its
//! own numbers and extension ids. Knows bytes only; which packet goes to whom, and under which number, is decided by
//! Router and Consumer. Nothing here allocates.

use super::extension::{Extension, ExtensionMap};

/// Length of the header's fixed part, in bytes.
pub const FIXED_HEADER_LEN: usize = 12;
/// Largest packet that is read, in bytes: what one UDP datagram may hold.
pub const MAX_PACKET_LEN: usize = 65_507;

const ONE_BYTE_PROFILE: u16 = 0xbede;
const TWO_BYTE_PROFILE: u16 = 0x1000;

/// Why bytes are no RTP packet, or a header could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    /// The bytes end before the header does.
    #[error("packet is too short for its RTP header")]
    TooShort,
    /// Longer than any datagram.
    #[error("packet is longer than a datagram")]
    TooLong,
    /// The first two bits are not 2.
    #[error("not RTP version 2")]
    Version,
    /// The padding count is zero or larger than the payload.
    #[error("padding does not fit the packet")]
    Padding,
    /// The caller's buffer cannot hold the header.
    #[error("buffer is too small for the RTP header")]
    BufferFull,
}

/// One packet's header fields and the offsets of its parts; plain values, so it can be kept beside the stored bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    /// Marker bit: last packet of a video frame, first of a talk spurt.
    pub marker: bool,
    /// Payload type, 7 bits.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Media timestamp in the codec's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    has_padding: bool,
    csrc_count: u8,
    extension_profile: u16,
    extension_start: u16,
    extension_len: u16,
    header_len: u16,
}

impl RtpHeader {
    /// Reads the header of a packet whose payload may still be encrypted, so without looking at its padding.
    pub fn parse(packet: &[u8]) -> Result<Self, RtpError> {
        if packet.len() > MAX_PACKET_LEN {
            return Err(RtpError::TooLong);
        }
        let fixed: &[u8; FIXED_HEADER_LEN] = packet.first_chunk().ok_or(RtpError::TooShort)?;
        if fixed[0] >> 6 != 2 {
            return Err(RtpError::Version);
        }
        let csrc_count = fixed[0] & 0x0f;
        let mut header_len = FIXED_HEADER_LEN + 4 * usize::from(csrc_count);
        let (mut extension_profile, mut extension_len) = (0, 0);
        if fixed[0] & 0x10 != 0 {
            let block = packet.get(header_len..).ok_or(RtpError::TooShort)?;
            let [p0, p1, l0, l1] = *block.first_chunk().ok_or(RtpError::TooShort)?;
            extension_profile = u16::from_be_bytes([p0, p1]);
            extension_len = 4 * usize::from(u16::from_be_bytes([l0, l1]));
            header_len += 4;
        }
        let extension_start = header_len;
        header_len += extension_len;
        if header_len > packet.len() {
            return Err(RtpError::TooShort);
        }
        Ok(Self {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            has_padding: fixed[0] & 0x20 != 0,
            csrc_count,
            extension_profile,
            extension_start: extension_start as u16,
            extension_len: extension_len as u16,
            header_len: header_len as u16,
        })
    }

    /// Length of the whole header with CSRCs and extension block, in bytes.
    pub const fn len(&self) -> usize {
        self.header_len as usize
    }

    /// Never true: a header has at least its fixed part.
    pub const fn is_empty(&self) -> bool {
        false
    }
}

/// A decrypted packet: its header with views into the bytes it was read from.
#[derive(Clone, Copy, Debug)]
pub struct RtpPacket<'a> {
    header: RtpHeader,
    bytes: &'a [u8],
    payload_end: usize,
}

impl<'a> RtpPacket<'a> {
    /// Reads a decrypted packet and checks its padding.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RtpError> {
        Self::with_header(RtpHeader::parse(bytes)?, bytes)
    }

    /// The same for a header that was read from exactly these bytes before.
    pub fn with_header(header: RtpHeader, bytes: &'a [u8]) -> Result<Self, RtpError> {
        let payload = bytes.get(header.len()..).ok_or(RtpError::TooShort)?;
        let padding = match (header.has_padding, payload.last()) {
            (false, _) => 0,
            (true, None) => return Err(RtpError::Padding),
            (true, Some(&count)) => usize::from(count),
        };
        if header.has_padding && (padding == 0 || padding > payload.len()) {
            return Err(RtpError::Padding);
        }
        Ok(Self { header, bytes, payload_end: bytes.len() - padding })
    }

    /// The header's fields.
    pub const fn header(&self) -> &RtpHeader {
        &self.header
    }

    /// The whole packet as received.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The payload without padding; empty for a packet that is padding only (a probe).
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header.len()..self.payload_end).unwrap_or_default()
    }

    /// Number of padding bytes.
    pub const fn padding_len(&self) -> usize {
        self.bytes.len() - self.payload_end
    }

    /// Contributing sources.
    pub fn csrcs(&self) -> impl Iterator<Item = u32> + use<'a> {
        let end = FIXED_HEADER_LEN + 4 * usize::from(self.header.csrc_count);
        let block = self.bytes.get(FIXED_HEADER_LEN..end).unwrap_or_default();
        block.as_chunks::<4>().0.iter().map(|csrc| u32::from_be_bytes(*csrc))
    }

    /// The elements of the extension block, one-byte or two-byte form; ends at the first malformed one.
    pub fn extensions(&self) -> ExtensionElements<'a> {
        let start = usize::from(self.header.extension_start);
        let end = start + usize::from(self.header.extension_len);
        let two_byte = self.header.extension_profile & 0xfff0 == TWO_BYTE_PROFILE;
        let known = two_byte || self.header.extension_profile == ONE_BYTE_PROFILE;
        ExtensionElements {
            rest: match self.bytes.get(start..end) {
                Some(block) if known => block,
                Some(_) | None => &[],
            },
            two_byte,
        }
    }

    /// The values of the extensions that `map` knows; of a repeated one the first.
    pub fn extension_values(&self, map: &ExtensionMap) -> ExtensionValues<'a> {
        let mut values = ExtensionValues::default();
        for (id, value) in self.extensions() {
            if let Some(extension) = map.extension(id) {
                values.slots[extension.index()].get_or_insert(value);
            }
        }
        values
    }
}

/// Iterator over `(id, value)` of one extension block.
#[derive(Clone, Debug)]
pub struct ExtensionElements<'a> {
    rest: &'a [u8],
    two_byte: bool,
}

impl<'a> Iterator for ExtensionElements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while let [0, rest @ ..] = self.rest {
            self.rest = rest;
        }
        let (id, len, rest) = if self.two_byte {
            let [id, len, rest @ ..] = self.rest else {
                return None;
            };
            (*id, usize::from(*len), rest)
        } else {
            let [head, rest @ ..] = self.rest else {
                return None;
            };
            (head >> 4, usize::from(head & 0x0f) + 1, rest)
        };
        let ends = !self.two_byte && id == 15;
        match rest.split_at_checked(len) {
            Some((value, rest)) if !ends => {
                self.rest = rest;
                Some((id, value))
            }
            Some(_) | None => {
                self.rest = &[];
                None
            }
        }
    }
}

/// Extension values of one packet by what they are, without ids: read by the Producer's map, written by a Consumer's.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtensionValues<'a> {
    slots: [Option<&'a [u8]>; Extension::COUNT],
}

impl<'a> ExtensionValues<'a> {
    /// The value of `extension`, if the packet has it.
    pub const fn get(&self, extension: Extension) -> Option<&'a [u8]> {
        self.slots[extension.index()]
    }

    /// Sets or replaces a value.
    pub fn set(&mut self, extension: Extension, value: &'a [u8]) {
        self.slots[extension.index()] = Some(value);
    }

    /// Removes a value.
    pub fn clear(&mut self, extension: Extension) {
        self.slots[extension.index()] = None;
    }

    /// What may be passed on to another peer: all but the values of the hop it came over.
    pub fn end_to_end(mut self) -> Self {
        for extension in Extension::ALL {
            if extension.is_hop_by_hop() {
                self.clear(extension);
            }
        }
        self
    }
}

/// The fields of an outgoing header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingHeader {
    /// Marker bit.
    pub marker: bool,
    /// Payload type as negotiated with the receiver.
    pub payload_type: u8,
    /// Outgoing sequence number.
    pub sequence: u16,
    /// Outgoing timestamp.
    pub timestamp: u32,
    /// Outgoing SSRC.
    pub ssrc: u32,
}

impl OutgoingHeader {
    /// Writes the header with those of `values` that `map` has an id for, and returns its length in bytes.
    ///
    /// CSRCs and padding are not passed on. The one-byte form is used wherever every value fits it.
    pub fn write(&self, map: &ExtensionMap, values: &ExtensionValues<'_>, out: &mut [u8]) -> Result<usize, RtpError> {
        let fixed: &mut [u8; FIXED_HEADER_LEN] = out.first_chunk_mut().ok_or(RtpError::BufferFull)?;
        fixed[0] = 0x80;
        fixed[1] = (self.payload_type & 0x7f) | if self.marker { 0x80 } else { 0 };
        fixed[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        fixed[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        fixed[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        let extension_len = write_extensions(map, values, &mut out[FIXED_HEADER_LEN..])?;
        if extension_len > 0 {
            out[0] |= 0x10;
        }
        Ok(FIXED_HEADER_LEN + extension_len)
    }
}

/// Writes the extension block, or nothing where there is no value to write, and returns its length in bytes.
fn write_extensions(map: &ExtensionMap, values: &ExtensionValues<'_>, out: &mut [u8]) -> Result<usize, RtpError> {
    // Nearly always the one-byte form fits.
    let (at, profile) = match write_elements(map, values, out, false)? {
        Some(at) => (at, ONE_BYTE_PROFILE),
        None => (write_elements(map, values, out, true)?.unwrap_or(4), TWO_BYTE_PROFILE),
    };
    if at == 4 {
        return Ok(0);
    }
    let end = at.next_multiple_of(4);
    out.get_mut(at..end).ok_or(RtpError::BufferFull)?.fill(0);
    let [p0, p1] = profile.to_be_bytes();
    let [l0, l1] = (((end - 4) / 4) as u16).to_be_bytes();
    *out.first_chunk_mut().ok_or(RtpError::BufferFull)? = [p0, p1, l0, l1];
    Ok(end)
}

/// Writes the elements behind the block's head and gives where they end; `None` where a value does not fit the form.
fn write_elements(
    map: &ExtensionMap,
    values: &ExtensionValues<'_>,
    out: &mut [u8],
    two_byte: bool,
) -> Result<Option<usize>, RtpError> {
    let mut at = 4;
    for (id, extension) in map.iter() {
        let Some(value) = values.get(extension).filter(|value| value.len() <= 255) else { continue };
        let len = value.len() as u8;
        let (head, head_len) = match (two_byte, len) {
            (true, _) => ([id, len], 2),
            (false, 1..=16) => ([(id << 4) | (len - 1), 0], 1),
            (false, _) => return Ok(None),
        };
        let end = at + head_len + value.len();
        let element = out.get_mut(at..end).ok_or(RtpError::BufferFull)?;
        element[..head_len].copy_from_slice(&head[..head_len]);
        element[head_len..].copy_from_slice(value);
        at = end;
    }
    Ok(Some(at))
}

#[cfg(test)]
mod tests;
