//! What travels as JSON: REST objects with their exact key sets, the envelope of JSON-RPC, notifications.
//!
//! Types here know the core's values that they show, but neither rooms nor requests.
mod connection;
mod error;
mod media_node;
mod notification;
pub(crate) mod property_change;
mod reason;
mod recording;
mod rpc;
mod session;
mod stream;

pub(crate) use connection::{ConnectionObject, MediaOptions, PublisherObject, SubscriberObject, WebRtcDetails};
pub(crate) use error::ErrorBody;
pub(crate) use media_node::MediaNodeObject;
pub use notification::NOTIFICATIONS;
pub(crate) use notification::Notification;
pub(crate) use property_change::PropertyChange;
pub(crate) use reason::{leave_reason, unpublish_reason};
pub(crate) use recording::RecordingProperties;
pub(crate) use rpc::{Incoming, Request, RpcError, result_text};
pub(crate) use session::{Listing, MediaNode, SessionObject};
pub(crate) use stream::{StreamExtras, StreamObject, size_of};
