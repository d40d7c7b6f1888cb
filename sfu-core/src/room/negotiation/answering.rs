//! The client offers, we answer.
use super::check::{check_association, check_codecs, check_places, remote_ice, same_kind};
use super::line::Line;
use super::section::{describe_section, place_candidates, report};
use super::{Applied, Connect, Negotiation, NegotiationError, Plan, SectionUse, codecs};
use crate::extension::ExtensionMap;
use crate::random::Random;
use crate::sdp::{Description, DescriptionKind, Direction, Mid, Section, SectionKind, Setup};
use std::collections::BTreeSet;

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
    check_association(negotiation, offer)?;
    check_places(negotiation, offer)?;
    for section in &offer.sections {
        check_codecs(negotiation, section)?;
    }
    negotiation.offer_open = None;
    make_room(negotiation, offer);
    if negotiation.remote.is_none() {
        // What only we have named so far was never agreed on.
        negotiation.extensions = ExtensionMap::new();
    }
    let mut applied = Applied::default();
    let mut answer = negotiation.describe(DescriptionKind::Answer, Setup::Passive);
    answer.extmap_allow_mixed = offer.extmap_allow_mixed;
    for (index, section) in offer.sections.iter().enumerate() {
        let line = take_line(negotiation, index, section);
        let (line, answered) = answer_section(negotiation, line, section, plan, random, &mut applied);
        note_names(negotiation, section);
        codecs::note(&mut negotiation.known_codecs, &section.codecs);
        match negotiation.lines.get_mut(index) {
            Some(place) => *place = line,
            None => negotiation.lines.push(line),
        }
        answer.sections.push(answered);
    }
    // The answer has said all but what the client's offer has no section for.
    negotiation.changed = negotiation.lines.iter().any(|line| line.remote.is_none());
    place_candidates(negotiation, &mut answer);
    applied.free_sections = negotiation.free_sections();
    applied.connect = connect(negotiation, offer);
    applied.answer = Some(answer);
    Ok(applied)
}

/// m-lines that only we had in mind make way for those of the client's offer.
fn make_room(negotiation: &mut Negotiation, offer: &Description) {
    for (index, section) in offer.sections.iter().enumerate() {
        let Some(line) = negotiation.lines.get(index) else { return };
        if line.remote.is_none() {
            negotiation.lines.insert(index, Line::new(section.kind.clone(), section.mid.clone()));
        }
    }
    let mut taken: BTreeSet<Mid> = offer.sections.iter().map(|section| section.mid.clone()).collect();
    for line in negotiation.lines.iter_mut().skip(offer.sections.len()) {
        let mut number = offer.sections.len();
        while taken.contains(&line.mid) {
            line.mid = Mid(number.to_string());
            number += 1;
        }
        taken.insert(line.mid.clone());
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
    let mut usable = codecs::common(&negotiation.setup, &section.codecs);
    codecs::prefer(&negotiation.preferences, section, &mut usable);
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
    line.answered = Some(answered.clone());
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
    let half_free = section.direction == Direction::SendRecv && line.used.consumer().is_none();
    let wanted = if unchanged && line.used != SectionUse::Nothing && !half_free {
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
    let before = line.used.consumer().map(|(consumer, _)| consumer);
    if before != consumer {
        applied.stopped_sending.extend(before);
        line.ssrc = None;
        line.sending = None;
    }
    line.used = used;
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
        dtls_client: remote.setup == Setup::Passive,
        ice_restarted,
    };
    negotiation.remote = Some(now);
    Some(connect)
}
