//! What strangers are answered. Nothing is kept of them: a client gets a session only with a request that is signed with
//! good credentials. So a flood from forged addresses costs a hash and a bounded number of small answers.
use super::REALM;
use super::credentials::{Authority, User};
use super::quota::Patience;
use std::net::SocketAddr;
use turn_server_proto::types::message::ALLOCATE;
use turn_server_proto::types::stun::attribute::{ErrorCode, Nonce, Realm, Username, XorMappedAddress};
use turn_server_proto::types::stun::message::{
    BINDING, IntegrityAlgorithm, Message, MessageClass, MessageHeader, MessageWriteVec,
};
use turn_server_proto::types::stun::prelude::{MessageWrite, MessageWriteExt};

/// Attributes' room in an answer, bytes.
const ANSWER_BYTES: usize = 120;

/// What follows from a stranger's message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stranger {
    /// Nothing.
    Ignored,
    /// This answer.
    Answered(Vec<u8>),
    /// It is no stranger: this user wants an allocation.
    Known(User),
}

/// The state of a door: how patient it still is.
pub(super) struct Door {
    authority: Authority,
    patience: Patience,
    /// Strangers' nonce. The session that a client gets has one of its own, with which the client then repeats itself.
    nonce: String,
}

impl Door {
    pub(super) fn new(authority: Authority, nonce: String) -> Self {
        Self { authority, patience: Patience::new(), nonce }
    }

    /// Takes a message of somebody who has no session.
    pub(super) fn handle(&mut self, bytes: &[u8], source: SocketAddr, unix_s: u64) -> Stranger {
        let Some(request) = Message::from_bytes(bytes).ok().filter(|message| message.has_class(MessageClass::Request))
        else {
            return Stranger::Ignored;
        };
        if request.has_method(ALLOCATE)
            && let Ok(username) = request.attribute::<Username>()
            && let Some(user) = self.authority.user_of(&request, username.username(), unix_s)
        {
            return Stranger::Known(user);
        }
        if !self.patience.allows(source.ip(), unix_s) {
            return Stranger::Ignored;
        }
        let answer = if request.has_method(BINDING) {
            mapped_address(&request, source)
        } else {
            challenge(&request, &self.nonce)
        };
        answer.map_or(Stranger::Ignored, Stranger::Answered)
    }
}

/// The answer to a binding request: where it came from.
fn mapped_address(request: &Message<'_>, source: SocketAddr) -> Option<Vec<u8>> {
    let mut answer = Message::builder_success(request, room());
    answer.add_attribute(&XorMappedAddress::new(source, request.transaction_id())).ok()?;
    Some(answer.finish())
}

/// 401: credentials are wanted.
pub(super) fn challenge(request: &Message<'_>, nonce: &str) -> Option<Vec<u8>> {
    let mut answer = Message::builder_error(request, room());
    answer.add_attribute(&ErrorCode::builder(ErrorCode::UNAUTHORIZED).build().ok()?).ok()?;
    answer.add_attribute(&Realm::new(REALM).ok()?).ok()?;
    answer.add_attribute(&Nonce::new(nonce).ok()?).ok()?;
    Some(answer.finish())
}

/// A refusal to a known user.
pub(super) fn refusal(request: &Message<'_>, code: u16, user: &User) -> Option<Vec<u8>> {
    let mut answer = Message::builder_error(request, room());
    answer.add_attribute(&ErrorCode::builder(code).build().ok()?).ok()?;
    answer.add_message_integrity(&user.key(), IntegrityAlgorithm::Sha1).ok()?;
    Some(answer.finish())
}

fn room() -> MessageWriteVec {
    MessageWriteVec::with_capacity(MessageHeader::LENGTH + ANSWER_BYTES)
}
