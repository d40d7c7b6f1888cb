//! The client offers, we answer.
use super::codecs::{self, Congestion};
use super::line::Line;
use super::{
    Applied, Connect, Negotiation, NegotiationError, Plan, Receive, SectionUse, Sending, extensions, simulcast,
};
use crate::extension::Extension;
use crate::random::Random;
use crate::sdp::{
    CodecSpec, Description, DescriptionKind, Direction, Feedback, IceCredentials, MediaKind, Mid, Section, SectionKind,
    Setup, SsrcGroup,
};
use std::collections::BTreeSet;

/// Shortest ufrag and password (RFC 8839, section 5.4).
const ICE_CHARS_MIN: (usize, usize) = (4, 22);

pub(super) fn accept_offer(
    negotiation: &mut Negotiation,
    offer: &Description,
    plan: Plan<'_>,
    random: &mut Random,
) -> Result<Applied, NegotiationError> {
    if offer.kind != DescriptionKind::Offer {
        return Err(NegotiationError::WrongKind);
    }
    if offer.setup == Setup::Passive {
        return Err(NegotiationError::DtlsRole);
    }
    check_association(offer)?;
    check_places(negotiation, offer)?;
    for section in &offer.sections {
        check_codecs(negotiation, section)?;
    }
    if negotiation.offer_open.take().is_some() {
        negotiation.changed = true;
    }
    make_room(negotiation, offer);
    let mut applied = Applied::default();
    let mut answer = negotiation.describe(DescriptionKind::Answer, Setup::Passive);
    answer.extmap_allow_mixed = offer.extmap_allow_mixed;
    for (index, section) in offer.sections.iter().enumerate() {
        let line = take_line(negotiation, index, section);
        let (line, answered) = answer_section(negotiation, line, section, plan, random, &mut applied);
        note_names(negotiation, section);
        match negotiation.lines.get_mut(index) {
            Some(place) => *place = line,
            None => negotiation.lines.push(line),
        }
        answer.sections.push(answered);
    }
    place_candidates(negotiation, &mut answer);
    applied.free_sections = negotiation.free_sections();
    applied.connect = connect(negotiation, offer);
    applied.answer = Some(answer);
    Ok(applied)
}

/// The credentials that hold for the association: those of the first section that is in use.
pub(super) fn remote_ice(description: &Description) -> IceCredentials {
    let own = description.sections.iter().filter(|section| !section.rejected).find_map(|section| section.ice.clone());
    own.unwrap_or_else(|| description.ice.clone())
}

pub(super) fn check_association(description: &Description) -> Result<(), NegotiationError> {
    let ice = remote_ice(description);
    if ice.ufrag.len() < ICE_CHARS_MIN.0 || ice.password.len() < ICE_CHARS_MIN.1 {
        return Err(NegotiationError::MissingIce);
    }
    if description.fingerprint.bytes.is_empty() {
        return Err(NegotiationError::MissingFingerprint);
    }
    Ok(())
}

/// m-lines never change their place or kind; a mid changes only where a refused m-line is taken into use again.
fn check_places(negotiation: &Negotiation, offer: &Description) -> Result<(), NegotiationError> {
    let (found, expected) = (offer.sections.len(), negotiation.lines.len());
    if found == 0 {
        return Err(NegotiationError::NoSections);
    }
    if found < expected && negotiation.lines[found..].iter().any(|line| line.remote.is_some()) {
        return Err(NegotiationError::SectionCount { found, expected });
    }
    for (index, (line, section)) in negotiation.lines.iter().zip(&offer.sections).enumerate() {
        let same = same_kind(&line.kind, &section.kind) && line.mid == section.mid;
        if !same && !line.rejected && line.remote.is_some() {
            return Err(NegotiationError::SectionsChangedPlace { index });
        }
    }
    let mut mids = BTreeSet::new();
    for section in offer.sections.iter().filter(|section| !section.rejected) {
        if !mids.insert(&section.mid) {
            return Err(NegotiationError::MidTwice { mid: section.mid.clone() });
        }
    }
    Ok(())
}

pub(super) fn same_kind(a: &SectionKind, b: &SectionKind) -> bool {
    match (a, b) {
        (SectionKind::Media(a), SectionKind::Media(b)) => a == b,
        (SectionKind::Data(_), SectionKind::Data(_)) | (SectionKind::Unknown(_), SectionKind::Unknown(_)) => true,
        (SectionKind::Media(_) | SectionKind::Data(_) | SectionKind::Unknown(_), _) => false,
    }
}

fn check_codecs(negotiation: &Negotiation, section: &Section) -> Result<(), NegotiationError> {
    let SectionKind::Media(kind) = section.kind else { return Ok(()) };
    if section.rejected || section.direction == Direction::Inactive {
        return Ok(());
    }
    if !codecs::common(&negotiation.setup, &section.codecs).is_empty() {
        return Ok(());
    }
    let mid = section.mid.clone();
    match (kind, negotiation.setup.forced_video) {
        (MediaKind::Video, Some(codec)) => Err(NegotiationError::ForcedCodecMissing { codec, mid }),
        (MediaKind::Video | MediaKind::Audio, _) => Err(NegotiationError::NoCommonCodec { mid, kind }),
    }
}

/// m-lines that only we had in mind make way for those of the client's offer.
fn make_room(negotiation: &mut Negotiation, offer: &Description) {
    for (index, section) in offer.sections.iter().enumerate() {
        let Some(line) = negotiation.lines.get(index) else { return };
        if line.remote.is_none() {
            negotiation.lines.insert(index, Line::new(section.kind.clone(), section.mid.clone()));
        }
    }
    let mids: BTreeSet<&Mid> = offer.sections.iter().map(|section| &section.mid).collect();
    let mut number = offer.sections.len();
    for line in negotiation.lines.iter_mut().skip(offer.sections.len()) {
        while mids.contains(&line.mid) {
            line.mid = Mid(number.to_string());
            number += 1;
        }
    }
}

/// The m-line as it was, or a new one; a refused m-line that comes back, or one that only we had offered, starts anew.
fn take_line(negotiation: &mut Negotiation, index: usize, section: &Section) -> Line {
    let fresh = || Line::new(section.kind.clone(), section.mid.clone());
    match negotiation.lines.get_mut(index) {
        Some(line) if same_kind(&line.kind, &section.kind) && line.mid == section.mid => {
            std::mem::replace(line, fresh())
        }
        Some(_) | None => fresh(),
    }
}

fn answer_section(
    negotiation: &mut Negotiation,
    mut line: Line,
    section: &Section,
    plan: Plan<'_>,
    random: &mut Random,
    applied: &mut Applied,
) -> (Line, Section) {
    let usable = codecs::common(&negotiation.setup, &section.codecs);
    let kind = match (&section.kind, section.rejected || usable.is_empty()) {
        (SectionKind::Media(kind), false) => *kind,
        (SectionKind::Media(_), true) => {
            finish(&mut line, SectionUse::Nothing, applied);
            line.rejected = true;
            line.remote = Some(section.clone());
            return (line, Section::refused(section.kind.clone(), section.mid.clone()));
        }
        (SectionKind::Data(_) | SectionKind::Unknown(_), _) => return answer_other(line, section),
    };
    let used = planned(&line, section, plan);
    finish(&mut line, used, applied);
    line.rejected = false;
    line.used = used;
    line.remote = Some(section.clone());
    let answered = describe_section(negotiation, &mut line, section, kind, &usable, random);
    report(negotiation, &mut line, section, &answered, kind, applied);
    (line, answered)
}

fn answer_other(mut line: Line, section: &Section) -> (Line, Section) {
    let data = matches!(section.kind, SectionKind::Data(_));
    line.rejected = section.rejected || !data;
    line.kind = section.kind.clone();
    line.remote = Some(section.clone());
    let mut answered = Section::refused(section.kind.clone(), section.mid.clone());
    answered.rejected = line.rejected;
    answered.direction = if line.rejected { Direction::Inactive } else { Direction::SendRecv };
    (line, answered)
}

/// What the section is for from now on: asked where something about it is new, and cut to what its direction allows.
fn planned(line: &Line, section: &Section, plan: Plan<'_>) -> SectionUse {
    if section.direction == Direction::Inactive {
        return SectionUse::Nothing;
    }
    let unchanged = line.remote.as_ref().is_some_and(|old| {
        old.direction == section.direction
            && old.msid == section.msid
            && old.ssrcs == section.ssrcs
            && old.rids == section.rids
            && old.codecs == section.codecs
            && !line.rejected
    });
    let wanted = if unchanged && line.used != SectionUse::Nothing {
        line.used
    } else {
        plan(section, line.remote.is_some().then_some(&line.used))
    };
    let producer = wanted.producer().filter(|_| section.direction.sends());
    let consumer = wanted.consumer().filter(|_| section.direction.receives());
    SectionUse::of(producer, consumer)
}

/// Ends what the m-line carried and does not carry any more.
pub(super) fn finish(line: &mut Line, used: SectionUse, applied: &mut Applied) {
    if let Some(received) = line.received.take_if(|received| used.producer() != Some(received.producer)) {
        applied.stopped_receiving.push(received.producer);
    }
    let consumer = used.consumer().map(|(consumer, _)| consumer);
    if let Some(gone) = line.sending.take_if(|sending| consumer != Some(*sending)) {
        applied.stopped_sending.push(gone);
    }
    if line.used.consumer().map(|(consumer, _)| consumer) != consumer {
        line.ssrc = None;
    }
    line.used = used;
}

fn describe_section(
    negotiation: &mut Negotiation,
    line: &mut Line,
    section: &Section,
    kind: MediaKind,
    usable: &[CodecSpec],
    random: &mut Random,
) -> Section {
    let (receives, sends) = (line.used.producer().is_some(), line.used.consumer().is_some());
    let congestion = congestion(section, usable, receives);
    let mut extensions = extensions::accepted(&section.extensions, kind, receives, sends);
    if congestion != Congestion::TransportCc {
        extensions.remove(Extension::TransportSequence);
    }
    let rtx = usable.iter().any(|spec| spec.rtx.is_some());
    Section {
        direction: direction(receives, sends),
        codecs: usable.iter().map(|spec| codecs::answered(spec, congestion)).collect(),
        extensions,
        ssrcs: own_ssrcs(negotiation, line, rtx, random),
        label: line.used.consumer().map(|(_, label)| label),
        cname: sends.then(|| negotiation.setup.cname.clone()),
        rids: if receives { section.rids.clone() } else { Vec::new() },
        rejected: false,
        ..Section::refused(section.kind.clone(), section.mid.clone())
    }
}

/// Transport-wide feedback where the client knows both its halves, else REMB.
fn congestion(section: &Section, usable: &[CodecSpec], receives: bool) -> Congestion {
    let knows = |feedback| usable.iter().any(|spec| spec.feedback.contains(&feedback));
    if !receives {
        Congestion::None
    } else if knows(Feedback::TransportCc) && section.extension_id(Extension::TransportSequence).is_some() {
        Congestion::TransportCc
    } else if knows(Feedback::Remb) {
        Congestion::Remb
    } else {
        Congestion::None
    }
}

pub(super) const fn direction(receives: bool, sends: bool) -> Direction {
    match (receives, sends) {
        (true, true) => Direction::SendRecv,
        (false, true) => Direction::SendOnly,
        (true, false) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// The SSRCs that the m-line's Consumer sends with: drawn once, kept as long as it is the same Consumer.
pub(super) fn own_ssrcs(
    negotiation: &mut Negotiation,
    line: &mut Line,
    rtx: bool,
    random: &mut Random,
) -> Vec<SsrcGroup> {
    if line.used.consumer().is_none() {
        return Vec::new();
    }
    let group = match line.ssrc {
        Some(group) => group,
        None => {
            let media = negotiation.draw_ssrc(random);
            SsrcGroup { media, rtx: rtx.then(|| negotiation.draw_ssrc(random)) }
        }
    };
    line.ssrc = Some(group);
    vec![group]
}

/// Reports what the m-line receives and sends, where that is new.
fn report(
    negotiation: &Negotiation,
    line: &mut Line,
    section: &Section,
    answered: &Section,
    kind: MediaKind,
    applied: &mut Applied,
) {
    if let Some(producer) = line.used.producer() {
        let feedback = |feedback| answered.codecs.iter().any(|spec| spec.feedback.contains(&feedback));
        let receive = Receive {
            producer,
            kind,
            mid: section.mid.clone(),
            codecs: answered.codecs.iter().map(codecs::receive).collect(),
            ssrcs: section.ssrcs.clone(),
            rids: simulcast::lowest_first(&section.rids),
            extensions: answered.extensions,
            transport_cc: feedback(Feedback::TransportCc),
            remb: feedback(Feedback::Remb),
        };
        report_received(line, receive, applied);
    }
    report_sending(negotiation, line, answered, kind, applied);
}

pub(super) fn report_received(line: &mut Line, receive: Receive, applied: &mut Applied) {
    match &line.received {
        None => applied.receive.push(receive.clone()),
        Some(known) if *known != receive => applied.updated_receive.push(receive.clone()),
        Some(_) => {}
    }
    line.received = Some(receive);
}

/// `agreed` is the section whose payload types and extension ids hold.
pub(super) fn report_sending(
    negotiation: &Negotiation,
    line: &mut Line,
    agreed: &Section,
    kind: MediaKind,
    applied: &mut Applied,
) {
    let (Some((consumer, _)), Some(ssrc)) = (line.used.consumer(), line.ssrc) else { return };
    if line.sending != Some(consumer) {
        applied.send.push(Sending {
            consumer,
            kind,
            mid: line.mid.clone(),
            ssrc,
            cname: negotiation.setup.cname.clone(),
            codecs: agreed.codecs.iter().map(codecs::send).collect(),
            extensions: extensions::accepted(&agreed.extensions, kind, false, true),
        });
    }
    line.sending = Some(consumer);
}

/// Remembers the client's SSRCs and extension ids: ours must not collide with them.
pub(super) fn note_names(negotiation: &mut Negotiation, section: &Section) {
    for group in &section.ssrcs {
        negotiation.ssrcs.insert(group.media);
        negotiation.ssrcs.extend(group.rtx);
    }
    for (id, extension) in section.extensions.iter() {
        negotiation.extensions.insert(id, extension);
    }
}

/// Our candidates go into the first section in use, which carries the association for all (RFC 9143, section 7.1).
pub(super) fn place_candidates(negotiation: &Negotiation, description: &mut Description) {
    if let Some(first) = description.sections.iter_mut().find(|section| !section.rejected) {
        first.candidates.clone_from(&negotiation.setup.candidates);
    }
}

/// The association's halves, where the room has not been told them as they are now.
pub(super) fn connect(negotiation: &mut Negotiation, remote: &Description) -> Option<Connect> {
    let now = (remote_ice(remote), remote.fingerprint.clone());
    let data = negotiation.lines.iter().any(|line| line.data().is_some() && !line.rejected && line.remote.is_some());
    let ice_restarted = negotiation.remote.as_ref().is_some_and(|(ice, _)| *ice != now.0);
    if negotiation.remote.as_ref() == Some(&now) && (negotiation.data_channels || !data) {
        return None;
    }
    negotiation.data_channels |= data;
    let connect = Connect {
        remote_ice: now.0.clone(),
        local_ice: negotiation.setup.local_ice.clone(),
        fingerprint: now.1.clone(),
        data_channels: negotiation.data_channels,
        ice_restarted,
    };
    negotiation.remote = Some(now);
    Some(connect)
}

impl Section {
    /// A refused section: also what the sections of ours are built from.
    pub(super) fn refused(kind: SectionKind, mid: Mid) -> Self {
        Self {
            kind,
            mid,
            rejected: true,
            ice: None,
            direction: Direction::Inactive,
            codecs: Vec::new(),
            extensions: crate::extension::ExtensionMap::new(),
            msid: None,
            label: None,
            ssrcs: Vec::new(),
            cname: None,
            rids: Vec::new(),
            candidates: Vec::new(),
            bandwidth_kbps: None,
        }
    }
}
