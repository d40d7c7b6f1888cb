//! Who may ask what: one exhaustive table, asked before any handler.
//!
//! Roles and grants of the protocols have become [`Permissions`] by now; an API call was authorised by its face.
use super::command::{Publish, RoomCommand};
use super::participant::Permissions;
use crate::capability::Refusal;
use crate::id::ParticipantId;

/// Who asks, as far as permissions go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asker<'a> {
    /// An API call.
    Api,
    /// A peer that has not joined.
    Stranger,
    /// A participant.
    Participant(ParticipantId, &'a Permissions),
}

/// Whether `asker` may ask this at all. Whether what is named exists is the handler's affair.
pub(super) fn check(command: &RoomCommand, asker: Asker<'_>) -> Result<(), Refusal> {
    match command {
        RoomCommand::Join(_) => peers_only(asker),
        RoomCommand::Publish(publish) => may_publish(publish, asker),
        RoomCommand::AddCodec { .. } => needs(asker, |permissions| permissions.publish, "no permission to publish"),
        RoomCommand::Subscribe(_) => needs(asker, |permissions| permissions.subscribe, "no permission to subscribe"),
        RoomCommand::Leave { .. }
        | RoomCommand::Unpublish(_)
        | RoomCommand::Negotiate { .. }
        | RoomCommand::RestartIce { .. }
        | RoomCommand::SwitchPath(_)
        | RoomCommand::CapReceiving(_)
        | RoomCommand::AddCandidate { .. }
        | RoomCommand::ChangeStream { .. }
        | RoomCommand::Unsubscribe(_)
        | RoomCommand::TuneSubscription { .. }
        | RoomCommand::Admit(_)
        | RoomCommand::SendChannel { .. } => needs(asker, |_| true, ""),
        RoomCommand::SetMuted { participant, .. } => match participant {
            None => needs(asker, |_| true, ""),
            Some(whose) => self_moderator_or_api(*whose, asker),
        },
        RoomCommand::Signal(_) | RoomCommand::Describe => Ok(()),
        RoomCommand::ReplayData { .. }
        | RoomCommand::UnpublishDataTrack { .. }
        | RoomCommand::SimulateSpeaking { .. }
        | RoomCommand::AnswerRpc { .. } => needs(asker, |_| true, ""),
        RoomCommand::PublishDataTrack { .. } | RoomCommand::SendFrame { .. } => {
            needs(asker, |permissions| permissions.publish_data, "no permission to send data messages")
        }
        RoomCommand::SubscribeData { .. } => {
            needs(asker, |permissions| permissions.subscribe, "no permission to subscribe")
        }
        RoomCommand::SendData(_) => match asker {
            Asker::Api => Ok(()),
            Asker::Stranger | Asker::Participant(..) => {
                needs(asker, |permissions| permissions.publish_data, "no permission to send data messages")
            }
        },
        RoomCommand::Remove { .. } | RoomCommand::ForceUnpublish { .. } => moderator_or_api(asker),
        RoomCommand::UpdateParticipant { participant, update } => match (participant, asker) {
            (Some(_), Asker::Api) => Ok(()),
            (Some(_), Asker::Stranger | Asker::Participant(..)) => api_only(asker),
            (None, Asker::Api) => Err(Refusal::NotAllowed("an API call must name the participant")),
            (None, Asker::Stranger | Asker::Participant(..)) if update.permissions.is_some() => {
                Err(Refusal::NotAllowed("nobody changes their own permissions"))
            }
            (None, Asker::Stranger | Asker::Participant(..)) => {
                needs(asker, |permissions| permissions.update_own_metadata, "no permission to change own metadata")
            }
        },
        RoomCommand::SetSubscribed { .. }
        | RoomCommand::SendAway { .. }
        | RoomCommand::PerformRpc(_)
        | RoomCommand::Reserve(_)
        | RoomCommand::CancelReservation(_)
        | RoomCommand::UpdateRoom(_)
        | RoomCommand::Close { .. } => api_only(asker),
    }
}

fn peers_only(asker: Asker<'_>) -> Result<(), Refusal> {
    match asker {
        Asker::Stranger | Asker::Participant(..) => Ok(()),
        Asker::Api => Err(Refusal::NotAllowed("only a client may join")),
    }
}

fn api_only(asker: Asker<'_>) -> Result<(), Refusal> {
    match asker {
        Asker::Api => Ok(()),
        Asker::Stranger | Asker::Participant(..) => Err(Refusal::NotAllowed("only the server API may do this")),
    }
}

/// For participants with a permission; `lack` says what they are without it.
fn needs(asker: Asker<'_>, has: fn(&Permissions) -> bool, lack: &'static str) -> Result<(), Refusal> {
    match asker {
        Asker::Participant(_, permissions) if has(permissions) => Ok(()),
        Asker::Participant(..) => Err(Refusal::NotAllowed(lack)),
        Asker::Api => Err(Refusal::NotAllowed("only a participant may do this")),
        Asker::Stranger => Err(Refusal::NotAllowed("join the room first")),
    }
}

fn moderator_or_api(asker: Asker<'_>) -> Result<(), Refusal> {
    match asker {
        Asker::Api => Ok(()),
        Asker::Participant(_, permissions) if permissions.moderate => Ok(()),
        Asker::Participant(..) | Asker::Stranger => Err(Refusal::NotAllowed("only a moderator may do this")),
    }
}

fn self_moderator_or_api(whose: ParticipantId, asker: Asker<'_>) -> Result<(), Refusal> {
    match asker {
        Asker::Participant(id, _) if id == whose => Ok(()),
        Asker::Api | Asker::Participant(..) | Asker::Stranger => moderator_or_api(asker),
    }
}

fn may_publish(publish: &Publish, asker: Asker<'_>) -> Result<(), Refusal> {
    needs(asker, |permissions| permissions.publish, "no permission to publish")?;
    match asker {
        Asker::Participant(_, permissions) => {
            let allowed = &permissions.publish_sources;
            if allowed.is_empty() || publish.tracks.iter().all(|track| allowed.contains(&track.source)) {
                Ok(())
            } else {
                Err(Refusal::NotAllowed("no permission to publish this source"))
            }
        }
        Asker::Api | Asker::Stranger => Ok(()),
    }
}
