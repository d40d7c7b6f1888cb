//! The Media Node object of the REST API (openvidu-v2 section 1.7).
use super::session::SessionObject;
use serde::Serialize;
use utoipa::ToSchema;

/// A media node.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MediaNodeObject {
    pub(crate) id: &'static str,
    /// Always `mediaNode`.
    pub(crate) object: &'static str,
    /// `null`: it is in no cloud's list.
    pub(crate) environment_id: Option<String>,
    pub(crate) ip: String,
    pub(crate) uri: String,
    /// ms since 1970.
    pub(crate) launching_time: u64,
    pub(crate) connected: bool,
    /// ms since 1970.
    pub(crate) connection_time: u64,
    /// Per cent of the machine's cores; `null` where the machine does not say.
    pub(crate) load: Option<f64>,
    /// Always `running`.
    pub(crate) status: &'static str,
    /// The active sessions, where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sessions: Option<Vec<SessionObject>>,
    /// The ids of recordings under way, where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recording_ids: Option<Vec<String>>,
    /// The sessions that are broadcast, where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) broadcasts: Option<Vec<String>>,
}
