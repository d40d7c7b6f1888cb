//! The methods of the JSON-RPC API, a file each: what a request asks of the room, and how the room's answer reads.
//!
//! [`start`] turns a request into a reply or a command; [`Waiting`] is what is kept until the command is answered, and
//! [`Waiting::finish`] turns the answer into the reply. `ping`, `connect` and `closeSession` are the peer's own.
mod answered;
mod echo;
mod filters;
mod force_disconnect;
mod force_unpublish;
mod join_room;
mod leave_room;
mod on_ice_candidate;
mod params;
mod prepare_receive_video_from;
mod publish_video;
mod receive_video_from;
mod reconnect_stream;
mod send_message;
mod speech_to_text;
mod stream_property_changed;
mod unpublish_video;
mod unsubscribe_from_video;
mod video_data;

use crate::config::{Origin, V2Config};
use crate::membership::Membership;
use crate::refusal::code;
use crate::wire::{Request, RpcError};
use serde_json::{Map, Value};
use sfu_core::random::Random;
use sfu_core::room::RoomCommand;
use sfu_core::time::Now;

pub(crate) use answered::{Outcome, Waiting};
pub(crate) use join_room::start as start_join;
pub(crate) use params::Params;

/// A positive reply's object.
pub(crate) type Reply = Map<String, Value>;

/// What a request comes to.
pub(crate) enum Step {
    /// It is answered at once.
    Reply(Reply),
    /// The room is asked; the reply follows its answer.
    Ask(RoomCommand, Waiting),
}

/// What a method may use beside the client's place in its session.
pub(crate) struct Context<'a> {
    pub(crate) config: &'a V2Config,
    pub(crate) random: &'a mut Random,
    /// How the client reached the server.
    pub(crate) origin: &'a Origin,
    pub(crate) now: Now,
}

/// The methods that need a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    JoinRoom,
    LeaveRoom,
    PublishVideo,
    UnpublishVideo,
    PrepareReceiveVideoFrom,
    ReceiveVideoFrom,
    UnsubscribeFromVideo,
    OnIceCandidate,
    ReconnectStream,
    StreamPropertyChanged,
    SendMessage,
    ForceDisconnect,
    ForceUnpublish,
    ApplyFilter,
    ExecFilter,
    RemoveFilter,
    AddFilterEventListener,
    RemoveFilterEventListener,
    VideoData,
    SubscribeToSpeechToText,
    UnsubscribeFromSpeechToText,
    Echo,
}

/// The methods that need a session, by name.
const BY_NAME: &[(&str, Method)] = &[
    ("joinRoom", Method::JoinRoom),
    ("leaveRoom", Method::LeaveRoom),
    ("publishVideo", Method::PublishVideo),
    ("unpublishVideo", Method::UnpublishVideo),
    ("prepareReceiveVideoFrom", Method::PrepareReceiveVideoFrom),
    ("receiveVideoFrom", Method::ReceiveVideoFrom),
    ("unsubscribeFromVideo", Method::UnsubscribeFromVideo),
    ("onIceCandidate", Method::OnIceCandidate),
    ("reconnectStream", Method::ReconnectStream),
    ("streamPropertyChanged", Method::StreamPropertyChanged),
    ("sendMessage", Method::SendMessage),
    ("forceDisconnect", Method::ForceDisconnect),
    ("forceUnpublish", Method::ForceUnpublish),
    ("applyFilter", Method::ApplyFilter),
    ("execFilterMethod", Method::ExecFilter),
    ("removeFilter", Method::RemoveFilter),
    ("addFilterEventListener", Method::AddFilterEventListener),
    ("removeFilterEventListener", Method::RemoveFilterEventListener),
    ("videoData", Method::VideoData),
    ("subscribeToSpeechToText", Method::SubscribeToSpeechToText),
    ("unsubscribeFromSpeechToText", Method::UnsubscribeFromSpeechToText),
    ("echo", Method::Echo),
];

/// The name of a method as a word of the protocol; `None`: there is no such method.
pub(crate) fn name_of(method: &str) -> Option<&'static str> {
    let own = crate::peer::OWN_METHODS.iter().copied();
    own.chain(BY_NAME.iter().map(|(name, _)| *name)).find(|name| *name == method)
}

/// The names of all methods.
pub fn methods() -> impl Iterator<Item = &'static str> {
    crate::peer::OWN_METHODS.iter().copied().chain(BY_NAME.iter().map(|(name, _)| *name))
}

impl Method {
    /// The method of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        BY_NAME.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
    }
}

impl Method {
    /// Whether an error with this code comes from the session, which adds to it (openvidu-v2 section 2.1), rather than
    /// from the method's own checks.
    pub(crate) const fn is_told_by_session(self, number: i32) -> bool {
        match self {
            Self::JoinRoom => number == code::ROOM_CANNOT_BE_CREATED,
            Self::PrepareReceiveVideoFrom | Self::ReceiveVideoFrom => {
                matches!(number, code::USER_NOT_FOUND | code::NOT_STREAMING | code::SDP)
            }
            Self::UnpublishVideo | Self::ReconnectStream => number == code::NOT_STREAMING,
            Self::ForceDisconnect => number == code::USER_NOT_FOUND,
            Self::AddFilterEventListener | Self::RemoveFilterEventListener => {
                matches!(number, code::USER_NOT_FOUND | code::FILTER_NOT_APPLIED)
            }
            Self::SubscribeToSpeechToText | Self::UnsubscribeFromSpeechToText => {
                matches!(number, code::EDITION | code::SERVICE_DISABLED)
            }
            Self::LeaveRoom
            | Self::PublishVideo
            | Self::UnsubscribeFromVideo
            | Self::OnIceCandidate
            | Self::StreamPropertyChanged
            | Self::SendMessage
            | Self::ForceUnpublish
            | Self::ApplyFilter
            | Self::ExecFilter
            | Self::RemoveFilter
            | Self::VideoData
            | Self::Echo => false,
        }
    }

    /// What such an error bears as its `data`, where it has any.
    pub(crate) const fn error_data(self) -> Option<&'static str> {
        match self {
            Self::ReconnectStream | Self::AddFilterEventListener | Self::RemoveFilterEventListener => Some("{}"),
            Self::JoinRoom
            | Self::LeaveRoom
            | Self::PublishVideo
            | Self::UnpublishVideo
            | Self::PrepareReceiveVideoFrom
            | Self::ReceiveVideoFrom
            | Self::UnsubscribeFromVideo
            | Self::OnIceCandidate
            | Self::StreamPropertyChanged
            | Self::SendMessage
            | Self::ForceDisconnect
            | Self::ForceUnpublish
            | Self::ApplyFilter
            | Self::ExecFilter
            | Self::RemoveFilter
            | Self::VideoData
            | Self::SubscribeToSpeechToText
            | Self::UnsubscribeFromSpeechToText
            | Self::Echo => None,
        }
    }
}

/// Begins a request of a client that is in a session.
pub(crate) fn start(
    method: Method,
    request: &Request,
    membership: &mut Membership,
    context: &Context<'_>,
) -> Result<Step, RpcError> {
    let params = Params::new(request);
    match method {
        Method::JoinRoom => Err(RpcError::other("joinRoom is begun elsewhere")),
        Method::LeaveRoom => Ok(leave_room::start()),
        Method::PublishVideo => publish_video::start(&params, membership),
        Method::UnpublishVideo => unpublish_video::start(membership),
        Method::PrepareReceiveVideoFrom => prepare_receive_video_from::start(&params, membership),
        Method::ReceiveVideoFrom => receive_video_from::start(&params, membership),
        Method::UnsubscribeFromVideo => unsubscribe_from_video::start(&params, membership),
        Method::OnIceCandidate => on_ice_candidate::start(&params),
        Method::ReconnectStream => reconnect_stream::start(&params, membership, context.now),
        Method::StreamPropertyChanged => stream_property_changed::start(&params, membership),
        Method::SendMessage => send_message::start(&params, membership),
        Method::ForceDisconnect => force_disconnect::start(&params, membership),
        Method::ForceUnpublish => force_unpublish::start(&params, membership),
        Method::ApplyFilter => filters::apply(&params, membership),
        Method::ExecFilter => filters::exec(&params, membership),
        Method::RemoveFilter => filters::remove(&params, membership),
        Method::AddFilterEventListener | Method::RemoveFilterEventListener => filters::listen(&params, membership),
        Method::VideoData => Ok(video_data::start()),
        Method::SubscribeToSpeechToText | Method::UnsubscribeFromSpeechToText => {
            speech_to_text::start(&params, context.config)
        }
        Method::Echo => Ok(echo::start()),
    }
}
