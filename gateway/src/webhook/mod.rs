//! Telling backends what happens: from a room's record to letters, and from the outbox to their receivers.
//!
//! [`Scribe`] asks the faces what a record means and addresses the letters; the store writes them with the change that
//! caused them. A [`Courier`] for each endpoint takes them from there, one at a time and in order, with [`Delivery`]
//! deciding when: it is sans-IO. A call never waits for any of this. See `docs/webhooks.md`.
mod cdr;
mod courier;
mod delivery;
mod endpoint;
mod http;
mod letter;
mod recipient;
mod scribe;
mod tls;

pub use cdr::{CdrError, CdrFolder, cdr_file, cdr_files};
pub use courier::{Courier, Couriers};
pub use delivery::{Delivery, Outcome, Policy, Step};
pub use endpoint::{Endpoint, HttpTarget, Manner, Sink, TargetError, endpoints};
pub use letter::{Entry, Letter, LifeChange};
pub use recipient::Recipient;
pub use scribe::{Form, LiveKitWords, Scribe, Subscriber};
pub use tls::client as tls_client;
