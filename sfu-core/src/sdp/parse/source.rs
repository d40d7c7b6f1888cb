//! What one section sends: `a=msid`, `a=ssrc`, `a=ssrc-group`, `a=rid` and `a=simulcast`, in all the mixtures that occur.
use crate::sdp::{DescriptionKind, Msid, Rid, SsrcGroup};

/// SSRCs of a section that are looked at: three layers with RTX and FEC need nine.
const SSRCS_MAX: usize = 64;
/// Groups of a section that are looked at.
const GROUPS_MAX: usize = 32;
/// Layers of a section that are looked at.
const RIDS_MAX: usize = 16;
/// Characters of a rid: what the one-byte header extension can carry.
const RID_CHARS_MAX: usize = 16;

/// The sources of a section as far as they have been read.
#[derive(Debug, Default)]
pub(super) struct SourceDraft {
    msid: Option<Msid>,
    /// The msid that an `a=ssrc` line gives.
    ssrc_msid: Option<Msid>,
    cname: Option<String>,
    /// In the order of the text.
    ssrcs: Vec<u32>,
    groups: Vec<(Semantics, Vec<u32>)>,
    /// `a=rid` with its direction: true for send.
    rids: Vec<(Rid, bool)>,
    /// `a=simulcast`, by direction.
    simulcast_send: Vec<Rid>,
    simulcast_receive: Vec<Rid>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Semantics {
    /// A source and its repair.
    Fid,
    /// The layers of a simulcast, lowest first.
    Sim,
    /// A source and its forward error correction.
    Fec,
}

/// What became of them.
pub(super) struct Sources {
    pub msid: Option<Msid>,
    pub cname: Option<String>,
    pub ssrcs: Vec<SsrcGroup>,
    pub rids: Vec<Rid>,
}

impl SourceDraft {
    pub(super) fn take(&mut self, name: &str, value: &str) {
        match name {
            "msid" => self.msid = self.msid.take().or_else(|| Some(read_msid(value))),
            "ssrc" => self.take_ssrc(value),
            "ssrc-group" => self.take_group(value),
            "rid" => self.take_rid(value),
            _ => self.take_simulcast(value),
        }
    }

    fn take_ssrc(&mut self, value: &str) {
        let (ssrc, attribute) = value.split_once(' ').unwrap_or((value, ""));
        let Ok(ssrc) = ssrc.parse::<u32>() else { return };
        if !self.ssrcs.contains(&ssrc) && self.ssrcs.len() < SSRCS_MAX {
            self.ssrcs.push(ssrc);
        }
        match attribute.split_once(':') {
            Some(("cname", cname)) if self.cname.is_none() => self.cname = Some(unbraced(cname).to_owned()),
            Some(("msid", msid)) if self.ssrc_msid.is_none() => self.ssrc_msid = Some(read_msid(msid)),
            Some(_) | None => {}
        }
    }

    fn take_group(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace();
        let semantics = match words.next() {
            Some("FID") => Semantics::Fid,
            Some("SIM") => Semantics::Sim,
            Some("FEC" | "FEC-FR") => Semantics::Fec,
            Some(_) | None => return,
        };
        let ssrcs: Vec<u32> = words.filter_map(|word| word.parse().ok()).take(SSRCS_MAX).collect();
        if self.groups.len() < GROUPS_MAX {
            self.groups.push((semantics, ssrcs));
        }
    }

    /// `<rid> send|recv …`
    fn take_rid(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace();
        let (Some(rid), Some(direction)) = (words.next(), words.next()) else { return };
        let known = is_rid(rid) && !self.rids.iter().any(|(known, _)| known.0 == rid);
        if known && self.rids.len() < RIDS_MAX && matches!(direction, "send" | "recv") {
            self.rids.push((Rid(rid.to_owned()), direction == "send"));
        }
    }

    /// `send <list> [recv <list>]`, also in the older spelling `send rid=<list>`. In a list `;` stands between layers,
    /// `,` between alternatives of one layer, `~` before a layer that starts paused.
    fn take_simulcast(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace();
        while let (Some(direction), Some(list)) = (words.next(), words.next()) {
            let list = list.strip_prefix("rid=").unwrap_or(list);
            let names = list.split(';').filter_map(|layer| layer.split(',').next());
            let names = names.map(|name| name.trim_start_matches('~')).filter(|name| is_rid(name));
            let rids = names.take(RIDS_MAX).map(|name| Rid(name.to_owned())).collect();
            match direction {
                "send" => self.simulcast_send = rids,
                "recv" => self.simulcast_receive = rids,
                _ => {}
            }
        }
    }

    pub(super) fn finish(self, kind: DescriptionKind) -> Sources {
        let rids = self.rids(kind);
        let ssrcs = self.ssrcs(!rids.is_empty());
        Sources { msid: self.msid.or(self.ssrc_msid), cname: self.cname, ssrcs, rids }
    }

    /// The layers that an offer sends, or that an answer receives.
    fn rids(&self, kind: DescriptionKind) -> Vec<Rid> {
        let (sends, order) = match kind {
            DescriptionKind::Offer => (true, &self.simulcast_send),
            DescriptionKind::Answer => (false, &self.simulcast_receive),
        };
        let mut declared: Vec<Rid> =
            self.rids.iter().filter(|(_, send)| *send == sends).map(|(rid, _)| rid.clone()).collect();
        if !order.is_empty() {
            declared.retain(|rid| order.contains(rid));
            declared.sort_by_key(|rid| order.iter().position(|named| named == rid));
        }
        declared
    }

    /// The media SSRCs with their RTX. Without layers by rid or SIM group only the first source counts: what follows
    /// are leftovers of descriptions that put several tracks into one section.
    fn ssrcs(&self, layers_by_rid: bool) -> Vec<SsrcGroup> {
        let pairs = |wanted: Semantics| {
            self.groups.iter().filter(move |(semantics, _)| *semantics == wanted).filter_map(|(_, ssrcs)| {
                let mut ssrcs = ssrcs.iter().copied();
                ssrcs.next().zip(ssrcs.next())
            })
        };
        let repair: Vec<(u32, u32)> = pairs(Semantics::Fid).collect();
        let correction: Vec<(u32, u32)> = pairs(Semantics::Fec).collect();
        let simulcast = self.groups.iter().find(|(semantics, _)| *semantics == Semantics::Sim).map(|(_, ssrcs)| ssrcs);
        let mut media: Vec<u32> = Vec::new();
        let named = self.ssrcs.iter().copied().chain(repair.iter().map(|(media, _)| *media));
        for ssrc in simulcast.map_or_else(|| named.collect::<Vec<_>>(), Clone::clone) {
            let second = repair.iter().chain(&correction).any(|(_, second)| *second == ssrc);
            if !second && ssrc != 0 && !media.contains(&ssrc) {
                media.push(ssrc);
            }
        }
        if !layers_by_rid && simulcast.is_none() {
            media.truncate(1);
        }
        let rtx = |media: u32| repair.iter().find(|(repaired, _)| *repaired == media).map(|(_, rtx)| *rtx);
        media.into_iter().map(|media| SsrcGroup { media, rtx: rtx(media) }).collect()
    }
}

fn is_rid(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=RID_CHARS_MAX).contains(&name.len()) && name.bytes().all(known)
}

fn read_msid(value: &str) -> Msid {
    let mut words = value.split_ascii_whitespace().map(unbraced);
    let stream = words.next().unwrap_or("-").to_owned();
    Msid { stream, track: words.next().unwrap_or_default().to_owned() }
}

/// Without the braces that Firefox puts around its ids.
fn unbraced(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text)
}
