//! `leaveRoom`: the others are told, then the caller is answered.
use super::{Step, Waiting};
use sfu_core::room::{LeaveReason, RoomCommand};

pub(super) fn start() -> Step {
    Step::Ask(RoomCommand::Leave { reason: LeaveReason::ByClient }, Waiting::Leave)
}
