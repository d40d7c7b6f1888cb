//! The walls of the house, checked by machine: who may depend on whom, and which words may stand where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dependencies;
mod imports;
mod words;
