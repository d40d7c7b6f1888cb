//! How much a path carries: transport-wide feedback, received and sent. The estimate itself, pacing and the choice of
//! layers by it will stand here too. Knows packets by number, size and time, not by content.

pub mod twcc;
