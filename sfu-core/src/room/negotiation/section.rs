//! One section of ours: what it says, and what it means for media.
use super::codecs::{self, Congestion};
use super::line::Line;
use super::{Applied, Negotiation, Receive, Sending, extensions, simulcast};
use crate::extension::Extension;
use crate::random::Random;
use crate::sdp::{CodecSpec, Description, Direction, Feedback, MediaKind, Mid, Section, SectionKind, SsrcGroup};

pub(super) fn describe_section(
    negotiation: &mut Negotiation,
    line: &mut Line,
    section: &Section,
    kind: MediaKind,
    usable: &[CodecSpec],
    random: &mut Random,
) -> Section {
    let (receives, sends) = (line.used.producer().is_some(), line.used.consumer().is_some());
    let congestion = congestion(section, usable, receives || sends);
    let mut extensions = extensions::accepted(&section.extensions, kind);
    if congestion == Congestion::Remb {
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
fn congestion(section: &Section, usable: &[CodecSpec], carries: bool) -> Congestion {
    let knows = |feedback| usable.iter().any(|spec| spec.feedback.contains(&feedback));
    if !carries {
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
pub(super) fn report(
    negotiation: &Negotiation,
    line: &mut Line,
    section: &Section,
    answered: &Section,
    kind: MediaKind,
    applied: &mut Applied,
) {
    if let Some(producer) = line.used.producer() {
        let feedback = |feedback| answered.codecs.iter().any(|spec| spec.feedback.contains(&feedback));
        let (rids, ssrcs) = simulcast::lowest_first(&section.rids, &section.ssrcs);
        let receive = Receive {
            producer,
            kind,
            mid: section.mid.clone(),
            codecs: answered.codecs.iter().map(codecs::receive).collect(),
            ssrcs,
            rids,
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
            extensions: extensions::written(&agreed.extensions, kind),
        });
    }
    line.sending = Some(consumer);
}

/// Our candidates go into the first section in use, which carries the association for all (RFC 9143, section 7.1).
pub(super) fn place_candidates(negotiation: &Negotiation, description: &mut Description) {
    if let Some(first) = description.sections.iter_mut().find(|section| !section.rejected) {
        first.candidates.clone_from(&negotiation.setup.candidates);
    }
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
