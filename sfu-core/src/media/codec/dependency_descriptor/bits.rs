//! Bits of a dependency descriptor, read from the left and written to the right. Knows no field's meaning.

/// Reads bits from the left; none at the end.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    /// Reads from bit `at` on.
    pub(super) const fn from(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The number of the next bit.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    pub(super) fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | u32::from(self.flag()?)))
    }

    /// A value below `end` in as few bits as that needs (AV1 specification §4.10.7).
    pub(super) fn below(&mut self, end: u32) -> Option<u32> {
        let width = u32::BITS - end.leading_zeros();
        let short = (1u32 << width) - end;
        let value = self.take(width.checked_sub(1)?)?;
        if value < short {
            return Some(value);
        }
        Some((value << 1) - short + u32::from(self.flag()?))
    }
}

/// Writes bits from the left into a buffer of zeros; what does not fit is left out.
pub(super) struct BitWriter<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn put(&mut self, bit: bool) {
        if let Some(byte) = self.bytes.get_mut(self.at / 8) {
            *byte |= u8::from(bit) << (7 - self.at % 8);
        }
        self.at += 1;
    }

    /// The lowest `count` bits of `value`, the highest of them first.
    pub(super) fn put_all(&mut self, value: u32, count: u32) {
        (0..count).rev().for_each(|bit| self.put(value >> bit & 1 == 1));
    }

    /// Copies bits up to number `end`.
    pub(super) fn copy(&mut self, from: &mut Bits<'_>, end: usize) {
        while from.at() < end
            && let Some(bit) = from.flag()
        {
            self.put(bit);
        }
    }

    /// Bytes begun so far; none where the buffer was too small.
    pub(super) fn len(&self) -> Option<usize> {
        let len = self.at.div_ceil(8);
        (len <= self.bytes.len()).then_some(len)
    }
}
