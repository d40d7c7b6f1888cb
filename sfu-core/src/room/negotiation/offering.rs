//! We offer, the client answers.
use super::answering::{connect, finish, note_names};
use super::check::{check_association, same_kind};
use super::codecs;
use super::line::Line;
use super::section::{direction, own_ssrcs, place_candidates, report_sending};
use super::{Applied, Negotiation, NegotiationError, SectionUse, extensions};
use crate::id::ConsumerId;
use crate::random::Random;
use crate::sdp::{
    DataChannels, Description, DescriptionKind, Direction, MediaKind, Mid, Section, SectionKind, Setup, TrackLabel,
};

/// M-lines of a description from which on they are used again in any case: browsers' own time to apply one grows with
/// their square.
const KEPT_LINES_MAX: usize = 200;
/// The SCTP port that both sides' WebRTC libraries always use.
const SCTP_PORT: u16 = 5000;

pub(super) fn add_sending(
    negotiation: &mut Negotiation,
    consumer: ConsumerId,
    kind: MediaKind,
    label: TrackLabel,
    random: &mut Random,
) -> Mid {
    negotiation.changed = true;
    let may_reuse = !negotiation.keeps_lines || negotiation.lines.len() >= KEPT_LINES_MAX;
    let reusable = |line: &Line| may_reuse && line.media_kind() == Some(kind) && is_reusable(line);
    let index = match negotiation.lines.iter().position(reusable) {
        Some(index) => index,
        None => {
            let mid = free_mid(negotiation);
            negotiation.lines.push(Line::new(SectionKind::Media(kind), mid));
            negotiation.lines.len() - 1
        }
    };
    let mut line = negotiation.lines[index].clone();
    line.used = SectionUse::of(line.used.producer(), Some((consumer, label)));
    own_ssrcs(negotiation, &mut line, kind == MediaKind::Video, random);
    let mid = line.mid.clone();
    negotiation.lines[index] = line;
    mid
}

/// Only where both sides have said inactive: a browser tells its page of a new track only when the m-line starts to
/// carry one again, not when its msid is exchanged (WebRTC 1.0, section 4.4.1.5).
fn is_reusable(line: &Line) -> bool {
    line.used == SectionUse::Nothing
        && !line.rejected
        && line.remote.as_ref().is_some_and(|remote| remote.direction == Direction::Inactive)
}

/// The m-line's number, or the next one that is no other's mid.
fn free_mid(negotiation: &Negotiation) -> Mid {
    let taken = |mid: &Mid| negotiation.lines.iter().any(|line| line.mid == *mid);
    let first = negotiation.lines.len();
    let candidates = (first..=2 * first).map(|number| Mid(number.to_string()));
    candidates.into_iter().find(|mid| !taken(mid)).unwrap_or_else(|| Mid(format!("s{first}")))
}

pub(super) fn want_data(negotiation: &mut Negotiation) {
    if negotiation.lines.iter().any(|line| line.data().is_some() && !line.rejected) {
        return;
    }
    let mid = free_mid(negotiation);
    let data = DataChannels { sctp_port: SCTP_PORT, max_message_size: None };
    negotiation.lines.push(Line::new(SectionKind::Data(data), mid));
    negotiation.changed = true;
}

pub(super) fn make_offer(negotiation: &mut Negotiation, random: &mut Random) -> Option<Description> {
    if !negotiation.needs_offer() || negotiation.lines.is_empty() {
        return None;
    }
    let mut offer = negotiation.describe(DescriptionKind::Offer, Setup::ActPass);
    let mut lines = std::mem::take(&mut negotiation.lines);
    for line in &mut lines {
        line.offered = Some(line.used);
        offer.sections.push(offer_section(negotiation, line, random));
    }
    negotiation.lines = lines;
    place_candidates(negotiation, &mut offer);
    negotiation.changed = false;
    negotiation.offer_open = Some(offer.sections.len());
    Some(offer)
}

fn offer_section(negotiation: &mut Negotiation, line: &mut Line, random: &mut Random) -> Section {
    let mut section = Section::refused(line.kind.clone(), line.mid.clone());
    if line.rejected {
        return section;
    }
    section.rejected = false;
    let Some(kind) = line.media_kind() else {
        section.direction = Direction::SendRecv;
        return section;
    };
    let (receives, sends) = (line.used.producer().is_some(), line.used.consumer().is_some());
    // What is received goes on as it was answered: the client has its payload types and layers.
    match line.answered.as_ref().filter(|_| receives) {
        Some(answered) => section.clone_from(answered),
        None => {
            section.codecs = codecs::offered(&negotiation.setup, &negotiation.known_codecs, kind);
            section.extensions = extensions::offered(&mut negotiation.extensions, kind);
        }
    }
    section.direction = direction(receives, sends);
    section.ssrcs = own_ssrcs(negotiation, line, kind == MediaKind::Video, random);
    section.label = line.used.consumer().map(|(_, label)| label);
    section.cname = sends.then(|| negotiation.setup.cname.clone());
    section
}

pub(super) fn accept_answer(
    negotiation: &mut Negotiation,
    answer: &Description,
    _random: &mut Random,
) -> Result<Applied, NegotiationError> {
    if answer.kind != DescriptionKind::Answer {
        return Err(NegotiationError::WrongKind);
    }
    let Some(expected) = negotiation.offer_open else { return Err(NegotiationError::NoOfferOpen) };
    check_association(negotiation, answer)?;
    check_sections(negotiation, answer, expected)?;
    let mut applied = Applied::default();
    let mut lines = std::mem::take(&mut negotiation.lines);
    for (line, section) in lines.iter_mut().zip(&answer.sections) {
        accept_section(negotiation, line, section, &mut applied);
        note_names(negotiation, section);
    }
    negotiation.lines = lines;
    negotiation.offer_open = None;
    applied.free_sections = negotiation.free_sections();
    applied.connect = connect(negotiation, answer);
    Ok(applied)
}

/// The answer has a section for each that was offered. Sections that were added since are not among them.
fn check_sections(negotiation: &Negotiation, answer: &Description, expected: usize) -> Result<(), NegotiationError> {
    let found = answer.sections.len();
    if found != expected {
        return Err(NegotiationError::SectionCount { found, expected });
    }
    for (index, (line, section)) in negotiation.lines.iter().zip(&answer.sections).enumerate() {
        let same = same_kind(&line.kind, &section.kind) && (line.mid == section.mid || section.rejected);
        if !same {
            return Err(NegotiationError::SectionsChangedPlace { index });
        }
    }
    Ok(())
}

/// Takes over what the answer says of one m-line. What the room changed since the offer was made stays for the next one.
fn accept_section(negotiation: &Negotiation, line: &mut Line, section: &Section, applied: &mut Applied) {
    let offered = line.offered.take().unwrap_or(SectionUse::Nothing);
    line.remote = Some(section.clone());
    if section.rejected {
        finish(line, SectionUse::Nothing, applied);
        line.rejected = true;
        return;
    }
    let Some(kind) = line.media_kind() else { return };
    let usable = codecs::common(&negotiation.setup, &section.codecs);
    let receives = section.direction.receives() && !usable.is_empty();
    if offered.consumer().is_some() && !receives {
        decline(line, offered, applied);
    }
    let mut agreed = section.clone();
    agreed.codecs = usable;
    if receives
        && offered.consumer().map(|(consumer, _)| consumer) == line.used.consumer().map(|(consumer, _)| consumer)
    {
        report_sending(negotiation, line, &agreed, kind, applied);
    }
    if !section.direction.sends() {
        finish(line, SectionUse::of(None, line.used.consumer()), applied);
    }
}

/// The client does not take what was offered: the Consumer goes, unless the room has exchanged it already.
fn decline(line: &mut Line, offered: SectionUse, applied: &mut Applied) {
    let Some((declined, _)) = offered.consumer() else { return };
    if line.sends_as(declined) {
        line.stop_sending();
        applied.stopped_sending.push(declined);
    }
}
