//! What LiveKit says of a participant and the room has no word for: kept in the grant's `face_data`, as JSON.
//!
//! Only participants of this face have it; another face's data is not looked at.
use crate::describe::PROTOCOL;
use crate::token::Claims;
use livekit_protocol as proto;
use proto::participant_info::KindDetail;
use serde::{Deserialize, Serialize};
use sfu_core::room::ParticipantInfo;

/// The extras.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Extras {
    /// `ParticipantInfo.kind_details`, numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) kind_details: Vec<i32>,
    /// `canSubscribeMetrics`.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) subscribe_metrics: bool,
    /// `canManageAgentSession`.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) manage_agent_session: bool,
    /// `ClientInfo.client_protocol`.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) client_protocol: i32,
    /// `ClientInfo.capabilities`, numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) capabilities: Vec<i32>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn is_zero(value: &i32) -> bool {
    *value == 0
}

impl Extras {
    /// Those of a token. Details without a name here are left out, as LiveKit's own server does.
    pub(crate) fn of_claims(claims: &Claims) -> Self {
        let grant = claims.grant();
        let named = |name: &String| KindDetail::from_str_name(&name.to_ascii_uppercase()).map(i32::from);
        Self {
            kind_details: claims.kind_details.iter().filter_map(named).collect(),
            subscribe_metrics: grant.can_subscribe_metrics.unwrap_or(false),
            manage_agent_session: grant.can_manage_agent_session.unwrap_or(false),
            client_protocol: 0,
            capabilities: Vec::new(),
        }
    }

    /// Those of a participant.
    pub(crate) fn of(info: &ParticipantInfo) -> Self {
        if info.protocol == PROTOCOL {
            serde_json::from_str(&info.face_data).unwrap_or_default()
        } else {
            Self::default()
        }
    }

    /// What a participant's data becomes with new permissions; `None`: it stays.
    pub(crate) fn changed(info: &ParticipantInfo, permission: &proto::ParticipantPermission) -> Option<String> {
        if info.protocol != PROTOCOL {
            return None;
        }
        let before = Self::of(info);
        let after = Self {
            subscribe_metrics: permission.can_subscribe_metrics,
            manage_agent_session: permission.can_manage_agent_session,
            ..before.clone()
        };
        (after != before).then(|| after.print())
    }

    /// As it is kept; nothing where there is nothing to keep.
    pub(crate) fn print(&self) -> String {
        if *self == Self::default() { String::new() } else { serde_json::to_string(self).unwrap_or_default() }
    }
}
