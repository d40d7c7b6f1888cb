//! The lists inside RTCP packets, as iterators over their bytes; each ends at the first thing that does not fit.

use super::SDES_CNAME;
use super::report::{REPORT_BLOCK_LEN, ReportBlock};

/// The first 32-bit word and what follows it.
pub(super) fn split_word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(word, rest)| (u32::from_be_bytes(*word), rest))
}

/// Iterator over report blocks.
#[derive(Clone, Debug)]
pub struct ReportBlocks<'a> {
    rest: &'a [u8],
}

impl<'a> ReportBlocks<'a> {
    pub(super) fn parse(body: &'a [u8], count: u8) -> Option<Self> {
        body.get(..REPORT_BLOCK_LEN * usize::from(count)).map(|rest| Self { rest })
    }
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(ReportBlock::parse(block))
    }
}

/// Iterator over SSRCs.
#[derive(Clone, Debug)]
pub struct Ssrcs<'a> {
    rest: &'a [u8],
}

impl<'a> Ssrcs<'a> {
    pub(super) fn parse(body: &'a [u8], count: u8) -> Option<Self> {
        body.get(..4 * usize::from(count)).map(|rest| Self { rest })
    }
}

impl Iterator for Ssrcs<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (ssrc, rest) = split_word(self.rest)?;
        self.rest = rest;
        Some(ssrc)
    }
}

/// Iterator over `(ssrc, canonical name)` of an SDES; ends at the first malformed chunk.
#[derive(Clone, Debug)]
pub struct Descriptions<'a> {
    rest: &'a [u8],
    left: u8,
}

impl<'a> Descriptions<'a> {
    pub(super) const fn parse(body: &'a [u8], count: u8) -> Self {
        Self { rest: body, left: count }
    }
}

impl<'a> Iterator for Descriptions<'a> {
    type Item = (u32, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (ssrc, mut items) = split_word(self.rest)?;
        let mut name = None;
        while let [kind, rest @ ..] = items {
            if *kind == 0 {
                break;
            }
            let (len, rest) = rest.split_first()?;
            let (value, rest) = rest.split_at_checked(usize::from(*len))?;
            if *kind == SDES_CNAME {
                name = Some(value);
            }
            items = rest;
        }
        // The list ends with one zero byte at least, then fills its word.
        let used = self.rest.len() - items.len();
        self.rest = self.rest.get((used + 1).next_multiple_of(4)..).unwrap_or_default();
        Some((ssrc, name))
    }
}

/// Iterator over the sequence numbers of a NACK.
#[derive(Clone, Debug)]
pub struct NackItems<'a> {
    rest: &'a [u8],
    pending: Option<(u16, u16)>,
}

impl<'a> NackItems<'a> {
    pub(super) const fn parse(items: &'a [u8]) -> Self {
        Self { rest: items, pending: None }
    }
}

impl Iterator for NackItems<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if let Some((first, mask)) = self.pending.take_if(|(_, mask)| *mask != 0) {
            let bit = mask.trailing_zeros() as u16;
            self.pending = Some((first, mask & (mask - 1)));
            return Some(first.wrapping_add(bit + 1));
        }
        let ([f0, f1, m0, m1], rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        let first = u16::from_be_bytes([*f0, *f1]);
        self.pending = Some((first, u16::from_be_bytes([*m0, *m1])));
        Some(first)
    }
}

/// Iterator over `(ssrc, request number)` of a FIR.
#[derive(Clone, Debug)]
pub struct FirItems<'a> {
    rest: &'a [u8],
}

impl<'a> FirItems<'a> {
    pub(super) const fn parse(items: &'a [u8]) -> Self {
        Self { rest: items }
    }
}

impl Iterator for FirItems<'_> {
    type Item = (u32, u8);

    fn next(&mut self) -> Option<(u32, u8)> {
        let ([s0, s1, s2, s3, number, ..], rest) = self.rest.split_first_chunk::<8>()?;
        self.rest = rest;
        Some((u32::from_be_bytes([*s0, *s1, *s2, *s3]), *number))
    }
}
