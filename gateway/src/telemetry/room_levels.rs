//! How much is logged of single rooms, where an operator wants more or less of them than of the rest.
//!
//! State alone: [`super::room_filter`] asks it for each line, the admin API and the ends of rooms change it. There is one
//! for the process, as there is one log.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use tracing::Level;

/// Rooms that may have a level of their own at the same time.
pub const ROOMS_MAX: usize = 64;

/// The levels of rooms.
#[derive(Debug, Default)]
pub struct RoomLevels {
    /// As many as the table holds: lines are not to wait for its lock where it holds nothing.
    count: AtomicUsize,
    levels: RwLock<BTreeMap<String, Level>>,
}

/// So many rooms have a level of their own that there is no place for another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{ROOMS_MAX} rooms have a level of their own already")]
pub struct TooManyRooms;

static LEVELS: RoomLevels = RoomLevels::new();

/// Those of this process's log.
pub fn room_levels() -> &'static RoomLevels {
    &LEVELS
}

impl RoomLevels {
    /// No room has one.
    pub const fn new() -> Self {
        Self { count: AtomicUsize::new(0), levels: RwLock::new(BTreeMap::new()) }
    }

    /// From now on so much is logged of the room of this name.
    pub fn set(&self, room: &str, level: Level) -> Result<(), TooManyRooms> {
        self.change(|levels| {
            if levels.len() >= ROOMS_MAX && !levels.contains_key(room) {
                return Err(TooManyRooms);
            }
            levels.insert(room.to_owned(), level);
            Ok(())
        })
    }

    /// As much is logged of it as of the rest again; false where it was so already.
    pub fn remove(&self, room: &str) -> bool {
        self.any() && self.of(room).is_some() && self.change(|levels| levels.remove(room).is_some())
    }

    /// The level of this room, where it has one of its own.
    pub fn of(&self, room: &str) -> Option<Level> {
        self.levels.read().unwrap_or_else(PoisonError::into_inner).get(room).copied()
    }

    /// The most talkative of all.
    pub fn most(&self) -> Option<Level> {
        self.levels.read().unwrap_or_else(PoisonError::into_inner).values().max().copied()
    }

    /// True where any room has one.
    pub fn any(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    fn change<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Level>) -> T) -> T {
        let outcome = {
            let mut levels = self.levels.write().unwrap_or_else(PoisonError::into_inner);
            let outcome = work(&mut levels);
            self.count.store(levels.len(), Ordering::Relaxed);
            outcome
        };
        // Which lines are worth a question is remembered at each of them.
        tracing_core::callsite::rebuild_interest_cache();
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_rooms_have_a_level_and_one_that_has_may_change_it() {
        let levels = RoomLevels::new();
        assert_eq!((levels.any(), levels.most(), levels.remove("room0")), (false, None, false));
        for number in 0..ROOMS_MAX {
            assert_eq!(levels.set(&format!("room{number}"), Level::WARN), Ok(()));
        }
        assert_eq!(levels.set("one more", Level::WARN), Err(TooManyRooms));
        assert_eq!(levels.set("room1", Level::DEBUG), Ok(()));
        assert_eq!((levels.of("room1"), levels.of("one more")), (Some(Level::DEBUG), None));
        assert_eq!(levels.most(), Some(Level::DEBUG));
        assert!(levels.remove("room1") && !levels.remove("room1"));
        assert_eq!((levels.most(), levels.any()), (Some(Level::WARN), true));
        assert_eq!(levels.set("one more", Level::WARN), Ok(()));
    }
}
