//! Who is in the room as a client has been told: counted for `Room.num_participants`, `num_publishers`.
use crate::describe::{Counts, is_counted};
use sfu_core::id::ParticipantId;
use sfu_core::room::ParticipantInfo;
use std::collections::HashMap;

/// Counted or not, publishing or not, for each participant.
#[derive(Debug, Default)]
pub(crate) struct Presence(HashMap<ParticipantId, (bool, bool)>);

impl Presence {
    /// A participant as it is. True where that changes the counts.
    pub(crate) fn learn(&mut self, participant: &ParticipantInfo) -> bool {
        let now = (is_counted(participant), !participant.streams.is_empty());
        self.0.insert(participant.id, now) != Some(now)
    }

    /// A participant has left.
    pub(crate) fn forget(&mut self, participant: ParticipantId) -> bool {
        self.0.remove(&participant).is_some()
    }

    /// The counts.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (counted, publishes) in self.0.values() {
            counts.participants += u32::from(*counted);
            counts.publishers += u32::from(*publishes);
        }
        counts
    }
}
